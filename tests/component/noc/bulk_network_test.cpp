// SPDX-License-Identifier: MIT
// The bulk network: free tier against the flit-level engine, clock changes, trees, classes, contention audit.
#include "noc/bulk_network.h"

#include <algorithm>
#include <cmath>

#include "base/rng.h"
#include "support/catch.h"

using namespace kiln;
using namespace kiln::noc;
using Catch::Matchers::WithinAbs;
using Catch::Matchers::WithinRel;

namespace {

Train burst(int source, int destination, std::uint64_t bytes, base::TimePs at = 0,
            TrafficClass cls = TrafficClass::activation) {
  return {{source, 0}, {destination, 0}, bytes, cls, at, at};
}

std::vector<Delivery> finish(BulkNetwork& network) {
  std::vector<Delivery> done;
  while (network.next_event() != base::kNever) network.advance(network.next_event(), done);
  std::sort(done.begin(), done.end(), [](const Delivery& a, const Delivery& b) { return a.id < b.id; });
  return done;
}

std::vector<Delivery> deliver_in_bulk(const NocConfig& config, const std::vector<Train>& trains) {
  BulkNetwork network(config);
  std::vector<Delivery> done;
  for (const Train& train : trains) {
    network.advance(train.first, done);
    network.start(train, train.first);
  }
  while (network.next_event() != base::kNever) network.advance(network.next_event(), done);
  std::sort(done.begin(), done.end(), [](const Delivery& a, const Delivery& b) { return a.id < b.id; });
  return done;
}

/// Error of the last completion and of the mean time from departure to delivery.
struct AuditError {
  double completion = 0, mean = 0;
};

AuditError audit(const NocConfig& config, const std::vector<Train>& trains) {
  const std::vector<Delivery> bulk = deliver_in_bulk(config, trains);
  const std::vector<Delivery> exact = replay(sim::Fidelity::exact, config, trains);
  double bulk_end = 0, exact_end = 0, bulk_sum = 0, exact_sum = 0;
  for (std::size_t i = 0; i < trains.size(); ++i) {
    bulk_end = std::max(bulk_end, static_cast<double>(bulk[i].last));
    exact_end = std::max(exact_end, static_cast<double>(exact[i].last));
    bulk_sum += static_cast<double>(bulk[i].last - trains[i].first);
    exact_sum += static_cast<double>(exact[i].last - trains[i].first);
  }
  return {bulk_end / exact_end - 1, bulk_sum / exact_sum - 1};
}

}  // namespace

TEST_CASE("A lone train is delivered in the cycle of the flit-level engine") {
  base::Rng rng(7, "test", "free");
  int stalled = 0, stalled_exact = 0;
  for (int i = 0; i < 250; ++i) {
    NocConfig config;
    config.columns = 1 + static_cast<int>(rng.below(6));
    config.rows = 1 + static_cast<int>(rng.below(6));
    config.virtual_channels = 1 + static_cast<int>(rng.below(4));
    config.buffer_depth = 1 + static_cast<int>(rng.below(10));
    config.packet_flits = 2 + static_cast<int>(rng.below(10));
    config.link_latency = 1 + static_cast<int>(rng.below(2));
    config.pipeline.routing_delay = static_cast<int>(rng.below(2));
    const auto nodes = static_cast<std::uint64_t>(config.nodes());
    const std::vector<Train> train{burst(static_cast<int>(rng.below(nodes)),
                                         static_cast<int>(rng.below(nodes)), 1 + rng.below(5000),
                                         1000 * static_cast<base::TimePs>(rng.below(9)))};
    const Delivery bulk = deliver_in_bulk(config, train).front();
    const Delivery exact = replay(sim::Fidelity::exact, config, train).front();
    CHECK(bulk.first == exact.first);
    const TrainTiming timing(config);
    if (config.buffer_depth >= timing.head_cycles(2) - timing.head_cycles(1) + 4) {
      CHECK(bulk.last == exact.last);  // buffers cover the round trip
    } else {
      ++stalled;
      stalled_exact += bulk.last == exact.last;
      CHECK_THAT(static_cast<double>(bulk.last), WithinRel(static_cast<double>(exact.last), 0.02));
    }
  }
  CHECK(stalled_exact >= stalled * 95 / 100);
}

TEST_CASE("A paced train ends with its source, within a cycle or two of the flit-level engine") {
  NocConfig config;
  const Train slow{{0, 0}, {15, 0}, 16384, TrafficClass::weight, 0, 4'000'000};
  const Delivery bulk = deliver_in_bulk(config, {slow}).front();
  const Delivery exact = replay(sim::Fidelity::exact, config, std::vector<Train>{slow}).front();
  CHECK_THAT(static_cast<double>(bulk.last), WithinAbs(static_cast<double>(exact.last), 2000));
  CHECK_THAT(static_cast<double>(bulk.first), WithinAbs(static_cast<double>(exact.first), 1000));
  CHECK(bulk.last > slow.last);
}

TEST_CASE("A clock change in the middle of a train is exact for the flits in flight") {
  NocConfig config;
  BulkNetwork steady(config), changed(config);
  const Train train = burst(0, 3, 64000);
  steady.start(train, 0);
  changed.start(train, 0);
  const base::TimePs whole = finish(steady).front().last;
  std::vector<Delivery> done;
  const base::TimePs half = whole / 2;
  changed.advance(half, done);
  changed.set_clock(half, config.clock_hz / 2);
  REQUIRE(done.empty());
  CHECK_THAT(static_cast<double>(finish(changed).front().last),
             WithinAbs(static_cast<double>(half + 2 * (whole - half)), 3));
}

TEST_CASE("Split channels with priority give the high class its link, the low one what is left") {
  NocConfig config;
  config.qos.policy = ClassPolicy::split;
  config.qos.priority = true;
  BulkNetwork network(config);
  network.start(burst(1, 0, 32000, 0, TrafficClass::activation), 0);
  network.start(burst(2, 0, 32000, 0, TrafficClass::gradient), 0);
  const std::vector<Delivery> done = finish(network);
  const double lone = static_cast<double>(config.flits_of(32000)) * 1000;
  CHECK_THAT(static_cast<double>(done[1].last), WithinRel(lone, 0.03));
  CHECK_THAT(static_cast<double>(done[0].last), WithinRel(2 * lone, 0.03));
}

TEST_CASE("Contended trains: gathers, scatters and rings agree with the flit-level engine") {
  NocConfig config;
  std::vector<Train> gather, scatter, ring;
  for (int node = 1; node < 16; ++node) {
    gather.push_back(burst(node, 0, 16384));
    scatter.push_back(burst(0, node, 16384));
  }
  for (int node = 0; node < 16; ++node) ring.push_back(burst(node, (node + 1) % 16, 65536));
  CHECK(std::abs(audit(config, gather).completion) < 0.01);
  CHECK(std::abs(audit(config, gather).mean) < 0.03);
  CHECK(std::abs(audit(config, scatter).completion) < 0.001);
  CHECK(std::abs(audit(config, ring).completion) < 0.001);
}

TEST_CASE("All-to-all: interfaces run ahead of the network by what its buffers hold") {
  for (const std::uint64_t bytes : {1024u, 2048u, 8192u}) {
    std::vector<Train> rotated, same_order;
    for (int node = 0; node < 16; ++node) {
      for (int step = 1; step < 16; ++step) rotated.push_back(burst(node, (node + step) % 16, bytes));
      for (int other = 0; other < 16; ++other) {
        if (other != node) same_order.push_back(burst(node, other, bytes));
      }
    }
    NocConfig config;
    CHECK(std::abs(audit(config, rotated).completion) < 0.17);
    CHECK(std::abs(audit(config, same_order).completion) < 0.09);
    config.virtual_channels = 2;
    config.buffer_depth = 4;  // the README's worst
    CHECK(std::abs(audit(config, rotated).completion) < 0.17);
    CHECK(std::abs(audit(config, same_order).completion) < 0.13);
  }
}

TEST_CASE("Beyond saturation blocked trains hold back those behind them") {
  // Reads from and writes to two corner memories, each offered 95 % of a link: trees of full channels.
  base::Rng rng(3, "x", "tiles");
  std::vector<Train> trains;
  double at = 0;
  for (int i = 0; i < 600; ++i) {
    const int tile = 1 + static_cast<int>(rng.below(14)), memory = rng.below(2) == 1 ? 15 : 0;
    const bool reads = rng.below(2) == 1;
    const std::uint64_t bytes = 1024 + rng.below(7168);
    at += static_cast<double>(bytes) * 9 / 8 / 16 * 1000 / 0.95 / 4 * -std::log(1 - rng.uniform());
    const auto now = static_cast<base::TimePs>(at);
    trains.push_back(reads ? burst(memory, tile, bytes, now) : burst(tile, memory, bytes, now));
  }
  CHECK(std::abs(audit(NocConfig{}, trains).completion) < 0.11);  // 23 % without
}

TEST_CASE("Paced trains on full links never stop the clock") {
  // Two trains that each catch up with their sources hand a hair of capacity to and fro; this mix once did so
  // for ever.
  BulkNetwork network{NocConfig{}};
  base::Rng rng(1, "a", "b");
  base::TimePs now = 0;
  std::size_t done = 0, events = 0;
  const std::size_t trains = 60000;
  const auto start = [&] {
    Train train;
    train.source.node = static_cast<int>(rng.below(16));
    train.destination.node = static_cast<int>(rng.below(4) * 5);
    if (rng.below(2) == 1) std::swap(train.source, train.destination);
    train.bytes = 1024 + rng.below(15 * 1024);
    train.cls = static_cast<TrafficClass>(rng.below(4));
    train.first = now;
    train.last = now + static_cast<base::TimePs>(static_cast<double>(train.bytes) / 16 * 1000 / 0.05);
    network.start(train, now);
  };
  for (int i = 0; i < 100; ++i) start();
  std::vector<Delivery> delivered;
  for (std::size_t started = 100; done < trains; ++events) {
    now = network.next_event();
    delivered.clear();
    network.advance(now, delivered);
    done += delivered.size();
    for (std::size_t i = 0; i < delivered.size() && started < trains; ++i, ++started) start();
  }
  CHECK(network.started_flits() == network.delivered_flits());
  CHECK(events < 10 * trains);
}
