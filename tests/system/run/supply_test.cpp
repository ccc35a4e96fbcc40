// SPDX-License-Identifier: MIT
// The core's rail in a run: tasks that start and stop move its voltage, and the voltage moves the clock.
#include <cmath>

#include "support/catch.h"
#include "support/child_run.h"

using namespace kiln;
using Catch::Matchers::WithinAbs;
using Catch::Matchers::WithinRel;
using testing::ChildRun;
using testing::found;
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

TEST_CASE("where the margin is gone and no clock answers, MACs come too late") {
  const auto with = [](std::vector<std::string> more, const char* capacitance = "50 nF") {
    more.emplace_back("soc.rail.noise_limit=1 %");
    more.emplace_back(std::string("soc.rail.stages.die.capacitance=") + capacitance);
    return small_run("quickstart.yaml", more);
  };
  const ChildRun fixed = with({kFixedClock});
  const double share = fixed["supply.late_mac_share"], late = fixed["bit_errors_per_step.late_macs"];
  CHECK(share > 1e-9);
  CHECK(share < 0.01);
  const double macs = 0.5e12 * fixed["achieved_tops"] * fixed["step_time_s"];
  CHECK_THAT(late, WithinRel(share * macs, 1e-6));
  CHECK(fixed["supply.margin_v"] < 0);
  const ChildRun stretching = with({"soc.adaptive_clock={threshold: 0.5 %, stretch: 15 %, latency: 0 s}"});
  CHECK(stretching.numbers.contains("supply.late_mac_share") == (stretching["supply.margin_v"] < 0));
  CHECK(with({kFixedClock}, "0.2 uF")["supply.late_mac_share"] < 0.1 * share);
  CHECK(with({kFixedClock, "soc.rail.load_line=1 mOhm"})["supply.late_mac_share"] > share);
  const ChildRun wide = small_run("quickstart.yaml", weak({kFixedClock, "soc.rail.noise_limit=60 %"}));
  CHECK_FALSE(wide.numbers.contains("supply.late_mac_share"));
  CHECK_FALSE(wide.numbers.contains("bit_errors_per_step.late_macs"));
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

TEST_CASE("tiles that start in turn make the rail feel a stair, and cost the time of their turns") {
  const ChildRun together = small_run("quickstart.yaml", computing({kFixedClock})),
                 in_turn = small_run("quickstart.yaml", computing({kFixedClock, "soc.start_stagger=40 ns"}));
  CHECK(in_turn["supply.current_rise_a"] < 0.75 * together["supply.current_rise_a"]);
  CHECK(in_turn["supply.droop_share"] < together["supply.droop_share"]);
  CHECK(in_turn["busy_time_s"] > together["busy_time_s"]);
  CHECK(in_turn["dram_bytes.read"] == together["dram_bytes.read"]);
  const ChildRun exact = small_run(
      "quickstart.yaml", {"workload=" + std::string(KILN_SOURCE_DIR) + "/configs/workloads/lenet5_r28.yaml",
                          "soc.start_stagger=10 ns", "run.fidelity=exact", "run.audit_windows=0"});
  CHECK(exact["supply.droop_share"] > 0);
}

TEST_CASE("a guard band is voltage, and its energy goes with the square") {
  const auto with_band = [](const std::string& band, std::vector<std::string> more = {}) {
    more.emplace_back(kFixedClock);
    more.emplace_back("soc.guard_band=" + band);
    // At clocks whose voltage is above the node's lowest.
    more.emplace_back("soc.operating_points={points: [{frequency: 1 GHz}, {frequency: 1.2 GHz}]}");
    return small_run("quickstart.yaml", computing(more));
  };
  const ChildRun wide = with_band("{kind: fixed, share: 8 %}"),
                 narrow = with_band("{kind: fixed, share: 3 %}");
  CHECK(narrow["step_time_s"] == wide["step_time_s"]);
  CHECK_THAT(narrow["energy_by_component_j.mac_array"] / wide["energy_by_component_j.mac_array"],
             WithinRel(std::pow((1 - 0.08) / (1 - 0.03), 2), 1e-6));

  const ChildRun worst = with_band("{kind: worst_case, share: 0.5 %}"),
                 adaptive = with_band("{kind: adaptive, share: 0.5 %}");
  CHECK_FALSE(found(worst, "supply_margin"));
  CHECK_FALSE(found(adaptive, "supply_margin"));
  // What the step does is no worse than what its program could do; the reserve is what is left of the band.
  CHECK(adaptive["energy_by_component_j.mac_array"] < worst["energy_by_component_j.mac_array"]);
  CHECK(adaptive["step_time_s"] == worst["step_time_s"]);
  const double volts = adaptive["supply.lowest_v"] / (1 - adaptive["supply.droop_share"]);
  CHECK_THAT(adaptive["supply.margin_v"], WithinRel(0.005 * volts, 0.01));
  const ChildRun in_turn = with_band("{kind: worst_case, share: 0.5 %}", {"soc.start_stagger=20 ns"});
  CHECK(in_turn["energy_by_component_j.mac_array"] < worst["energy_by_component_j.mac_array"]);
}

TEST_CASE("a guard band that the node cannot give is refused with the volts that it asks for") {
  const std::string kind = GENERATE("fixed", "adaptive");  // before the droop is known, too
  const ChildRun run =
      testing::run_in_child("quickstart.yaml", {"soc.guard_band={kind: " + kind + ", share: 45 %}",
                                                "soc.operating_points={points: [{frequency: 1.2 GHz}]}"});
  CHECK_THAT(run.error, testing::contains("soc.guard_band: a band of 45.0 % asks for"));
}

TEST_CASE("a clock that the node cannot give is refused by its key, with a guard band as without one") {
  for (const char* band : {"soc.guard_band=null", "soc.guard_band={kind: worst_case}"}) {
    const ChildRun run = testing::run_in_child("quickstart.yaml",
                                               {band, "soc.operating_points={points: [{frequency: 9 GHz}]}"});
    CHECK_THAT(run.error, testing::contains("soc.operating_points.points"));
  }
}

TEST_CASE("converters lose what the supply gives beyond the loads, stage by stage") {
  const ChildRun curve = small_run("quickstart.yaml"),
                 tree = small_run("quickstart.yaml", {"soc.delivery={}"}),
                 lossy = small_run("quickstart.yaml", {"soc.delivery.regulators.core.resistance=3 mOhm"});
  CHECK(tree["step_time_s"] == curve["step_time_s"]);
  CHECK_THAT(tree["average_power_w"], WithinRel(curve["average_power_w"], 0.02));
  CHECK_THAT(tree["delivery.input_w"], WithinRel(tree["board_power_w"] - tree["cooling_power_w"], 1e-9));
  double lost_w = 0;
  for (const char* stage : {"bus_converter", "intermediate", "core", "memory", "io"})
    lost_w += tree[std::string("delivery.loss_w.") + stage];
  CHECK_THAT(tree["delivery.efficiency"], WithinRel(1 - lost_w / tree["delivery.input_w"], 1e-9));
  const double board_w = 0.8;  // constant_power of the chip's board
  CHECK_THAT(tree["delivery.input_w"], WithinRel(tree["average_power_w"] + board_w + lost_w, 1e-6));
  CHECK(lossy["delivery.loss_w.core"] > tree["delivery.loss_w.core"]);
  CHECK(lossy["energy_j"] > tree["energy_j"]);
  // What is lost on the board heats it.
  CHECK(lossy["peak_temperature_c.regulators"] > tree["peak_temperature_c.regulators"]);
  CHECK_THAT(tree.files.at("delivery.csv"), testing::contains("bus_converter,400 V DC bus,48,"));
  CHECK_FALSE(curve.files.contains("delivery.csv"));
}
