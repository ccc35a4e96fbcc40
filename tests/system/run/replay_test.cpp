// SPDX-License-Identifier: MIT
// Long horizons replay steps that were simulated once per operating point: they must tell what whole steps in
// the kernel, with heat and governor in the loop, tell.
#include "support/catch.h"
#include "support/child_run.h"

using namespace kiln;
using Catch::Matchers::WithinAbs;
using Catch::Matchers::WithinRel;
using testing::ChildRun;

namespace {

/// Eleven levels down in the middle of steps, and memory that passes 85 degC, where refresh doubles.
std::vector<std::string> heating(std::vector<std::string> more) {
  std::string points;
  for (const int mhz : {300, 340, 380, 420, 460, 500, 550, 600, 650, 700, 750, 800})
    points += fmt::format("{}{{frequency: {} MHz}}", points.empty() ? "" : ", ", mhz);
  std::vector<std::string> overrides = {
      testing::network("resnet8_cifar_mlperf_tiny"),
      "training.batch=256",
      "compression.enabled=false",
      "environment.ambient=84degC",
      "soc.package.bodies.cold_plate.top.fluid=84degC",
      "soc.operating_points.points=[" + points + "]",
      "soc.sensors=[{block: all, quantisation: 0.01 K, period: 200us, lag: 50us}]",
      "governor.refresh={}",
      "governor.policies=[{kind: step_wise, period: 700 us, step_wise: {trip: 84.3 degC}}]"};
  overrides.insert(overrides.end(), more.begin(), more.end());
  return overrides;
}

}  // namespace

TEST_CASE("replay agrees with the detailed run: 1 % of time and energy, 0.2 K, over eleven transitions") {
  const ChildRun detailed =
      testing::good_run("quickstart.yaml", heating({"run.horizon=steps", "run.steps=14"}));
  const std::string duration = fmt::format("run.duration={} s", 14 * detailed["step_time_s"]);
  const ChildRun replay = testing::good_run("quickstart.yaml", heating({"run.horizon=duration", duration}));

  CHECK(detailed["transitions"] >= 10);
  CHECK(replay["transitions"] == detailed["transitions"]);
  CHECK(detailed["refresh_raised_share"] > 0.1);
  CHECK(detailed["refresh_raised_share"] < 1);
  CHECK_THAT(replay["refresh_raised_share"], WithinAbs(detailed["refresh_raised_share"], 0.01));
  CHECK_THAT(replay["step_time_s"], WithinRel(detailed["step_time_s"], 0.01));
  CHECK_THAT(replay["energy_j"], WithinRel(detailed["energy_j"], 0.01));
  for (const ChildRun* run : {&detailed, &replay}) {
    CHECK((*run)["throughput_per_s.last"] < 0.9 * (*run)["throughput_per_s.first"]);
    CHECK_THAT((*run)["throughput_per_s.mean"], WithinRel((*run)["samples_per_s"], 1e-6));
  }
  for (const char* when : {"first", "mean", "last"}) {
    const std::string key = std::string("throughput_per_s.") + when;
    CHECK_THAT(replay[key], WithinRel(detailed[key], 0.02));  // of seven steps, in which levels change
  }
  for (const auto& [key, value] : detailed.numbers)
    if (key.rfind("peak_temperature_c.", 0) == 0) {
      INFO(key);
      CHECK_THAT(replay[key], WithinAbs(value, 0.2));
    }
}

TEST_CASE("at a fixed rate both ways idle: the rate holds, and idle power is the same") {
  const std::vector<std::string> same = {"governor.policies=[{kind: performance}]",
                                         "soc.battery={capacity: 300 mAh}"};
  const auto with = [&](std::vector<std::string> more) {
    more.insert(more.end(), same.begin(), same.end());
    return testing::good_run("wearable_kws.yaml", more);
  };
  const ChildRun detailed = with({"run.horizon=steps", "run.steps=4"});
  const ChildRun replay = with({"run.horizon=duration", "run.duration=400 ms"});
  CHECK_THAT(detailed["samples_per_s"], WithinRel(40.0, 1e-9));
  CHECK_THAT(replay["samples_per_s"], WithinRel(40.0, 1e-6));
  for (const ChildRun* run : {&detailed, &replay})
    for (const char* when : {"first", "mean", "last"})
      CHECK_THAT((*run)[std::string("throughput_per_s.") + when], WithinRel(40.0, 1e-6));
  CHECK_THAT(replay["energy_j"], WithinRel(detailed["energy_j"], 0.01));
  CHECK_THAT(replay["battery_fraction"], WithinAbs(detailed["battery_fraction"], 1e-6));
  CHECK(detailed["battery_fraction"] < 1);
}

TEST_CASE("a pump is charged, driven by its policy, and keeps the chip below the full-flow point") {
  const std::string package =
      "soc.package=" + std::string(KILN_SOURCE_DIR) + "/configs/packages/liquid_loop_hbm2e.yaml";
  const std::string policy =
      "governor.policies=[" + std::string(KILN_SOURCE_DIR) + "/configs/policies/liquid_throttling.yaml]";
  const std::vector<std::string> common = {testing::network("resnet8_cifar_mlperf_tiny"),
                                           "compression.enabled=false", package, "run.horizon=duration",
                                           "run.duration=900 s"};
  const auto with = [&](std::vector<std::string> more) {
    more.insert(more.begin(), common.begin(), common.end());
    return testing::good_run("quickstart.yaml", more);
  };
  const ChildRun full = with({"governor.policies=[{kind: performance}]"});
  const ChildRun driven = with({policy, "training.batch=128"}), idle = with({policy, "run.rate=10"});
  CHECK_THAT(full["cooling_power_w"], WithinRel(2.0, 1e-3));
  CHECK_THAT(idle["cooling_power_w"], WithinRel(2.0 * 0.2 * 0.2 * 0.2, 0.05));  // 20 % flow, cube of speed
  CHECK(driven["cooling_power_w"] > 1.1 * idle["cooling_power_w"]);
  CHECK(driven["cooling_power_w"] < 2.0);
  CHECK(driven["peak_temperature_max_c"] < 25 + 35 + 2);
  CHECK_THAT(full["energy_by_component_j.cooling"], WithinRel(2.0 * full["step_time_s"], 1e-3));
  CHECK(full["pue"] > 1);
}
