// SPDX-License-Identifier: MIT
#include "npu/compute_engine.h"

#include <rapidcheck.h>

#include "base/error.h"
#include "support/catch.h"

using namespace kiln;
using npu::ComputeEngine;

TEST_CASE("Work ends after its cycles, from the next clock edge on") {
  ComputeEngine engine(1e9);
  CHECK(engine.start(0, 100) == 100'000);
  CHECK(engine.settle(50'500) == 50);
  CHECK(engine.cycles_left(50'500) == 50);
  CHECK(engine.busy(99'999));
  CHECK_FALSE(engine.busy(100'000));
  CHECK(engine.start(100'001, 1) == 102'000);
}

TEST_CASE("A clock change in the middle keeps the cycles and moves the end") {
  ComputeEngine engine(1e9);
  engine.start(0, 100);
  CHECK(engine.replan(40'000, 500e6) == 40'000 + 60 * 2'000);
  CHECK(engine.settle(60'000) == 50);
  CHECK(engine.replan(60'000, 2e9) == 60'000 + 50 * 500);
  CHECK(engine.replan(60'000, 2e9) == 85'000);  // the same clock again changes nothing
}

TEST_CASE("A gated engine neither works nor forgets") {
  ComputeEngine engine(1e9);
  engine.start(0, 10);
  CHECK(engine.replan(4'000, 0) == base::kNever);
  CHECK(engine.settle(1'000'000) == 4);
  CHECK(engine.gated());
  CHECK(engine.replan(1'000'000, 1e9) == 1'006'000);

  ComputeEngine idle(1e9);
  idle.replan(0, 0);
  CHECK(idle.start(500, 3) == base::kNever);
  CHECK(idle.replan(10'000, 1e9) == 13'000);
}

TEST_CASE("A held clock resumes where it stopped, and holding again extends") {
  ComputeEngine engine(1e9);
  engine.start(0, 10);
  CHECK(engine.hold(4'000, 100'000) == 106'000);
  CHECK(engine.settle(50'000) == 4);
  CHECK(engine.hold(50'000, 200'000) == 206'000);
  CHECK(engine.replan(60'000, 500e6) == 200'000 + 6 * 2'000);
  CHECK(engine.settle(202'000) == 5);

  ComputeEngine waiting(1e9);
  waiting.hold(0, 5'000);
  CHECK(waiting.start(1'000, 3) == 8'000);
}

TEST_CASE("Starting over unfinished work is refused") {
  ComputeEngine engine(1e9);
  engine.start(0, 10);
  CHECK_THROWS_AS(engine.start(9'000, 1), base::SimError);
}

TEST_CASE("Whatever the clock does, all cycles are done at the completion and none is done twice") {
  CHECK(rc::check("cycles are conserved", [] {
    ComputeEngine engine(*rc::gen::element(1e9, 1.8e9, 333e6));
    const auto cycles = *rc::gen::inRange<std::int64_t>(1, 2000);
    base::TimePs now = *rc::gen::inRange<base::TimePs>(0, 5'000);
    engine.start(now, cycles);
    std::int64_t done = 0;
    const auto changes = *rc::gen::container<std::vector<int>>(rc::gen::inRange(0, 5));
    for (const int choice : changes) {
      now += *rc::gen::inRange<base::TimePs>(0, 300'000);
      const std::int64_t settled = engine.settle(now);
      RC_ASSERT(settled >= done);
      done = settled;
      constexpr double kClocks[] = {0, 1e9, 1.8e9, 250e6};
      if (choice == 4)
        engine.hold(now, now + *rc::gen::inRange<base::TimePs>(0, 100'000));
      else
        engine.replan(now, kClocks[choice]);
      RC_ASSERT(engine.settle(now) - done <= 1);  // at most the cycle in flight
    }
    // A gated engine has finished the cycle in flight already: only a running one does its last cycle at
    // `end`.
    const bool gated = engine.gated();
    const base::TimePs end = gated ? engine.replan(now, 1e9) : engine.completion();
    RC_ASSERT(engine.settle(end) == cycles);
    if (end > now && !gated) RC_ASSERT(engine.settle(end - 1) < cycles || end <= now);
  }));
}
