// SPDX-License-Identifier: MIT
// Cooling devices on a face work in a run's steady state and over time, and their power is charged.
#include "support/catch.h"
#include "support/child_run.h"

using namespace kiln;
using testing::ChildRun;
using testing::small_run;

TEST_CASE("a thermoelectric cooler cools below a passive plate, charges its power, and balances its heat") {
  const ChildRun cooled = small_run("thermoelectric_camera.yaml"),
                 off = small_run("thermoelectric_camera.yaml",
                                 {"soc.package.device.thermoelectric.current=0 A"});
  CHECK(cooled["peak_temperature_max_c"] < off["peak_temperature_max_c"] - 5);
  CHECK(cooled["cooling_power_w"] > 0.5);
  CHECK(cooled["cooling_power_w"] < 5);
  CHECK(off["cooling_power_w"] == 0);
  CHECK(cooled["heat_balance_error"] < 1e-6);
  CHECK_THAT(cooled["energy_by_component_j.cooling"],
             Catch::Matchers::WithinRel(cooled["cooling_power_w"] * cooled["step_time_s"], 1e-9));
}

TEST_CASE("a refrigerator takes at least Carnot's power for what it draws") {
  const ChildRun run = small_run("cryocooler.yaml");
  CHECK(run["peak_temperature_max_c"] < -40);
  // It draws at least the chip's heat less what the board takes in from the room; Carnot from -60 to 25 degC
  // is 0.4.
  CHECK(run["cooling_power_w"] > 0.4 * 0.5 * run["average_power_w"]);
  CHECK(run["cooling_power_w"] < 200);
}

TEST_CASE("a generator gives power back, and the parts of a step's energy still add up") {
  const ChildRun run = small_run(
      "thermoelectric_camera.yaml",
      {"soc.package.device.kind=thermoelectric_generator", "soc.package.device.thermoelectric.modules=4"});
  CHECK(run["cooling_power_w"] < 0);
  CHECK(run["cooling_power_w"] > -run["average_power_w"]);
}

TEST_CASE("a phase-change store delays the warming of what it sits on, and ends no cooler") {
  const std::vector<std::string> minute = {"run.horizon=duration", "run.duration=30 s"};
  std::vector<std::string> empty = minute;
  empty.push_back("soc.package.device.pcm.mass=1 mg");
  const ChildRun with = small_run("pcm_wearable.yaml", minute),
                 without = small_run("pcm_wearable.yaml", empty);
  CHECK(with["peak_temperature_max_c"] <= without["peak_temperature_max_c"] + 1e-6);
  const ChildRun steady = small_run("pcm_wearable.yaml"),
                 bare = small_run("pcm_wearable.yaml", {"soc.package.device.pcm.mass=1 mg"});
  CHECK_THAT(steady["peak_temperature_max_c"],
             Catch::Matchers::WithinAbs(bare["peak_temperature_max_c"], 0.1));
}
