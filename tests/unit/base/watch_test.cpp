// SPDX-License-Identifier: MIT
#include "base/watch.h"

#include <thread>

#include "base/parallel.h"
#include "base/standstill.h"
#include "support/catch.h"

using namespace kiln;
using namespace kiln::testing;

TEST_CASE("a watch without a stop or a limit never ends anything") {
  const base::Watch watch;
  for (int i = 0; i < 1000; ++i) watch.check();
  CHECK_FALSE(watch.limit_s());
}

TEST_CASE("a stop reaches every copy of a watch") {
  std::atomic<bool> stop = false;
  const base::Watch watch(&stop), copy = watch;
  copy.check();
  stop = true;
  CHECK_THROWS_AS(watch.check(), base::Interrupted);
  CHECK_THROWS_AS(copy.check(), base::Interrupted);
}

TEST_CASE("a time limit ends work with the limit in its message") {
  const base::Watch watch(nullptr, 0.02);
  watch.check();
  std::this_thread::sleep_for(std::chrono::milliseconds(30));
  try {
    watch.check();
    FAIL("the limit passed unseen");
  } catch (const base::TimeLimitReached& limit) {
    CHECK(limit.limit_s() == 0.02);
    CHECK_THAT(limit.what(), contains("the time limit of 20 ms was reached"));
    CHECK_THAT(limit.what(), contains("raise --time-limit"));
  }
}

TEST_CASE("no limit is too long for the clock") {
  base::Watch(nullptr, 1e300).check();
}

TEST_CASE("a stop wins over a limit, so that an interrupted run is told as such") {
  const std::atomic<bool> stop = true;
  const base::Watch watch(&stop, 1e-9);
  CHECK_THROWS_AS(watch.check(), base::Interrupted);
}

TEST_CASE("a paced watch asks within 1024 rounds") {
  std::atomic<bool> stop = true;
  const base::Watch watch(&stop);
  base::PacedWatch paced(watch);
  int rounds = 0;
  CHECK_THROWS_AS(
      [&] {
        for (; rounds < 5000; ++rounds) paced.check();
      }(),
      base::Interrupted);
  CHECK(rounds == 1023);
}

TEST_CASE("parallel work ends on a stop and says so once") {
  std::atomic<bool> stop = false;
  const base::Watch watch(&stop);
  std::atomic<int> begun = 0;
  CHECK_THROWS_AS(base::for_each_in_parallel(1000,
                                             [&](std::size_t i) {
                                               ++begun;
                                               if (i == 3) stop = true;
                                               watch.check();
                                             }),
                  base::Interrupted);
  CHECK(begun < 1000);
}

TEST_CASE("events count as a standstill only while time does not move") {
  base::Standstill standstill(3);
  for (base::TimePs now = 0; now < 100; ++now) CHECK_FALSE(standstill.too_many(now));
  CHECK_FALSE(standstill.too_many(100));
  CHECK_FALSE(standstill.too_many(100));
  CHECK_FALSE(standstill.too_many(100));
  CHECK(standstill.too_many(100));
  CHECK_FALSE(standstill.too_many(101));
}
