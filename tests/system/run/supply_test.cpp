// SPDX-License-Identifier: MIT
// The core's rail in a run: tasks that start and stop move its voltage, and the voltage moves the clock.
#include "support/catch.h"
#include "support/child_run.h"

using namespace kiln;
using Catch::Matchers::WithinAbs;
using Catch::Matchers::WithinRel;
using testing::ChildRun;
using testing::small_run;

namespace {

const std::string kFixedClock = "soc.adaptive_clock=null";

const std::string kQuickClock = "soc.adaptive_clock={threshold: 0.1 %, stretch: 40 %}";

/// A die with less decoupling, so that tasks are felt.
std::vector<std::string> weak(std::vector<std::string> sets) {
  sets.emplace_back("soc.rail.stages.die.capacitance=0.2 uF");
  return sets;
}
/// On arrays so small that nothing else takes the time.
std::vector<std::string> computing(std::vector<std::string> sets) {
  sets = weak(sets);
  sets.emplace_back("soc.npu.rows=8");
  sets.emplace_back("soc.npu.cols=8");
  return sets;
}

bool found(const ChildRun& run, const std::string& code) {
  return run.files.at("summary.json").find("\"" + code + "\"") != std::string::npos;
}

}  // namespace

TEST_CASE("droop follows from tasks, not from the windows that activity is reported in") {
  const ChildRun fine = small_run("quickstart.yaml", {"run.ledger_window=2 us"}),
                 coarse = small_run("quickstart.yaml", {"run.ledger_window=500 us"});
  CHECK(fine["supply.droop_share"] > 0.001);
  CHECK(fine["supply.droop_share"] == coarse["supply.droop_share"]);
  CHECK(fine["supply.cycles_lost_share"] == coarse["supply.cycles_lost_share"]);
}

TEST_CASE("a clock that stretches costs the time of the cycles it loses") {
  const ChildRun fixed = small_run("quickstart.yaml", computing({kFixedClock}));
  const ChildRun stretching = small_run("quickstart.yaml", computing({kQuickClock}));
  const double lost_share = stretching["supply.cycles_lost_share"];
  CHECK(lost_share > 1e-3);
  CHECK(stretching["supply.droop_share"] == fixed["supply.droop_share"]);
  CHECK(stretching["step_time_s"] > fixed["step_time_s"] * (1 + 0.5 * lost_share));
  CHECK(stretching["step_time_s"] < fixed["step_time_s"] * (1 + lost_share + 0.002));
  const ChildRun gentle =
      small_run("quickstart.yaml", computing({"soc.adaptive_clock={threshold: 0.1 %, stretch: 10 %}"}));
  CHECK(gentle["supply.cycles_lost_share"] < lost_share);
  CHECK(gentle["step_time_s"] < stretching["step_time_s"]);
}

TEST_CASE("more decoupling droops less, and a rail without margin is said") {
  const ChildRun shipped = small_run("quickstart.yaml", {kFixedClock}),
                 poor = small_run("quickstart.yaml", weak({kFixedClock}));
  CHECK(poor["supply.droop_share"] > shipped["supply.droop_share"]);
  CHECK_THAT(poor["supply.margin_v"], WithinAbs(0.05 * 0.55 - 0.55 * poor["supply.droop_share"], 1e-12));
  CHECK(poor["step_time_s"] == shipped["step_time_s"]);
  const ChildRun none = small_run("quickstart.yaml", weak({kFixedClock, "soc.rail.noise_limit=0.1 %"}));
  CHECK(found(none, "supply_margin"));
  CHECK_FALSE(
      found(small_run("quickstart.yaml", weak({kFixedClock, "soc.rail.noise_limit=60 %"})), "supply_margin"));
}

TEST_CASE("a step by step run ticks at the clock that the rail leaves, as a replayed one does") {
  const std::vector<std::string> sets = computing({kQuickClock});
  std::vector<std::string> step_by_step = sets;
  step_by_step.emplace_back("run={horizon: steps, steps: 2, audit_windows: 0}");
  const ChildRun replayed = small_run("quickstart.yaml", sets),
                 detailed = small_run("quickstart.yaml", step_by_step);
  CHECK(detailed["supply.cycles_lost_share"] == replayed["supply.cycles_lost_share"]);
  CHECK_THAT(detailed["step_time_s"], WithinRel(replayed["step_time_s"], 0.01));
}
