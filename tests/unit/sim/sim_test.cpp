// SPDX-License-Identifier: MIT
#include <map>
#include <set>

#include "base/error.h"
#include "base/rng.h"
#include "sim/address_map.h"
#include "sim/bulk_protocol.h"
#include "sim/wakeups.h"
#include "support/catch.h"

using namespace kiln;
using namespace kiln::testing;

TEST_CASE("the address map is a bijection, cut into one run per channel") {
  const sim::AddressMap map(3, 64, 640);
  std::set<std::pair<int, std::uint64_t>> seen;
  for (std::uint64_t address = 0; address < map.capacity(); ++address) {
    const auto runs = map.split(address, 1);
    REQUIRE(runs.size() == 1);
    CHECK(runs[0].local < 640);
    CHECK(seen.insert({runs[0].channel, runs[0].local}).second);
  }
  base::Rng rng(1, "map", "test");
  for (int i = 0; i < 500; ++i) {
    const std::uint64_t base = rng.below(map.capacity());
    const std::uint64_t bytes = 1 + rng.below(map.capacity() - base);
    std::set<std::pair<int, std::uint64_t>> by_run, by_byte;
    for (const auto& run : map.split(base, bytes))
      for (std::uint64_t k = 0; k < run.bytes; ++k) CHECK(by_run.insert({run.channel, run.local + k}).second);
    for (std::uint64_t k = 0; k < bytes; ++k) {
      const auto one = map.split(base + k, 1).front();
      by_byte.insert({one.channel, one.local});
    }
    CHECK(by_run == by_byte);
  }
  CHECK_THROWS_AS(map.split(map.capacity() - 1, 2), base::SimError);
}

namespace {

template <class Initiator, class Target>
concept Binds = requires(Initiator& initiator, Target& target) {
  initiator.bind(target);
};

}  // namespace

TEST_CASE("sockets of other protocols do not bind") {
  struct Module;
  using BaseInitiator = tlm_utils::simple_initiator_socket<Module>;
  using BaseTarget = tlm_utils::simple_target_socket<Module>;
  STATIC_REQUIRE(Binds<BaseInitiator, BaseTarget>);
  STATIC_REQUIRE(Binds<sim::BulkInitiatorSocket<Module>, sim::BulkTargetSocket<Module>>);
  STATIC_REQUIRE_FALSE(Binds<BaseInitiator, sim::BulkTargetSocket<Module>>);
  STATIC_REQUIRE_FALSE(Binds<sim::BulkInitiatorSocket<Module>, BaseTarget>);
}

TEST_CASE("payloads are recycled with a clean extension") {
  sim::PayloadPool pool;
  auto& a = pool.acquire(tlm::TLM_WRITE_COMMAND, 4096, 64);
  CHECK(a.is_write());
  CHECK(a.get_address() == 4096);
  CHECK(a.get_data_length() == 64);
  CHECK(sim::bulk(a).bytes == 64);
  sim::bulk(a).layer = 3;
  CHECK(pool.outstanding() == 1);
  a.release();
  CHECK(pool.outstanding() == 0);
  auto& b = pool.acquire(tlm::TLM_READ_COMMAND, 0, 32);
  CHECK(&a == &b);
  CHECK(b.is_read());
  CHECK(sim::bulk(b).layer == -1);
  b.release();
}

namespace {

struct Waker : sc_core::sc_module {
  SC_HAS_PROCESS(Waker);
  explicit Waker(sc_core::sc_module_name name) : sc_module(name), queue(event) {
    SC_METHOD(wake);
    dont_initialize();
    sensitive << event;
  }
  void wake() {
    ++wakeups;
    queue.awake();
    while (queue.due()) {
      const int item = queue.pop();
      log.push_back({sim::now(), item});
      if (item == 1) queue.push(sim::now() + 5, 9);
    }
    queue.rearm();
  }
  sc_core::sc_event event;
  sim::WakeupQueue<int> queue;
  std::vector<std::pair<base::TimePs, int>> log;
  int wakeups = 0;
};

}  // namespace

namespace {

/// Wakes itself at the instant it is woken, for ever.
struct Restless : sc_core::sc_module {
  SC_HAS_PROCESS(Restless);
  explicit Restless(sc_core::sc_module_name name) : sc_module(name), queue(event) {
    SC_METHOD(wake);
    dont_initialize();
    sensitive << event;
  }
  void wake() {
    queue.awake();
    queue.rearm(sim::now());
  }
  sc_core::sc_event event;
  sim::WakeupQueue<int> queue;
};

}  // namespace

TEST_CASE("a module that is woken for ever at one instant ends the simulation by name") {
  Restless restless("restless");
  restless.queue.push(7, 1);
  try {
    sc_core::sc_start(100, sc_core::SC_PS);
    FAIL("the kernel came back");
  } catch (const std::exception& error) {
    CHECK_THAT(error.what(), contains("restless: woken 1048577 times at 7 ps and time does not go on"));
  }
}

TEST_CASE("wake-ups come in time order, ties in insertion order, and only when due") {
  Waker waker("waker");
  waker.queue.push(20, 2);
  waker.queue.push(10, 1);
  waker.queue.push(20, 3);
  sc_core::sc_start(100, sc_core::SC_PS);
  CHECK(waker.log == std::vector<std::pair<base::TimePs, int>>{{10, 1}, {15, 9}, {20, 2}, {20, 3}});
  CHECK(waker.wakeups == 3);
}
