// SPDX-License-Identifier: MIT
// Coolants and baths in runs: flow by pressure, temperatures that follow the room, every device in every kind
// of run.
#include "support/catch.h"
#include "support/child_run.h"

using namespace kiln;
using Catch::Matchers::WithinAbs;
using Catch::Matchers::WithinRel;
using testing::ChildRun;
using testing::small_run;

namespace {

constexpr double kWater_j_m3k = 4.172e6;

}  // namespace

TEST_CASE("a given pressure sets the flow, the outlet carries the heat away, and the pump is charged") {
  const ChildRun run = small_run("microchannels.yaml");
  CHECK_THAT(run["coolant_pressure_pa.channels"], WithinRel(2000.0, 1e-12));
  CHECK_THAT(run["coolant_inlet_c.channels"], WithinAbs(30, 1e-9));
  const double flow_m3_s = run["coolant_flow_m3_s.channels"];
  CHECK_THAT(run["coolant_pump_w.channels"], WithinRel(2000 * flow_m3_s / 0.25, 1e-12));
  CHECK_THAT(run["cooling_power_w"], WithinRel(run["coolant_pump_w.channels"], 1e-9));
  // What the board's bottom does not lose; the regulators' heat comes on top of the chip's.
  const double carried_w =
      kWater_j_m3k * flow_m3_s * (run["coolant_outlet_c.channels"] - run["coolant_inlet_c.channels"]);
  CHECK(carried_w > 0.7 * run["average_power_w"]);
  CHECK(carried_w < run["board_power_w"]);
  const ChildRun twice = small_run("microchannels.yaml",
                                   {"soc.package.bodies.cold_plate.layers.channels.channels.pressure=4 kPa"});
  CHECK_THAT(twice["coolant_flow_m3_s.channels"], WithinRel(2 * flow_m3_s, 1e-12));
  CHECK_THAT(twice["coolant_pump_w.channels"], WithinRel(4 * run["coolant_pump_w.channels"], 1e-12));
  CHECK(twice["peak_temperature_max_c"] < run["peak_temperature_max_c"]);
}

TEST_CASE("without a chiller all follows the room, kelvin by kelvin") {
  for (const char* experiment : {"microchannels.yaml", "immersion_tank.yaml", "quickstart.yaml"}) {
    INFO(experiment);
    const std::string calm = "governor.policies=[{kind: performance}]";
    std::vector<std::string> sets = {calm, "environment.ambient=25 degC"};
    if (experiment == std::string("quickstart.yaml"))
      sets.emplace_back("soc.package.bodies.cold_plate.top.fluid=ambient + 5 K");
    const ChildRun as_is = small_run(experiment, sets);
    sets[1] = "environment.ambient=35 degC";
    const ChildRun warmer = small_run(experiment, sets);
    // Leakage grows, natural convection gets better: a little off ten.
    CHECK_THAT(warmer["peak_temperature_max_c"] - as_is["peak_temperature_max_c"], WithinAbs(10, 0.8));
  }
  const ChildRun chilled = small_run("quickstart.yaml", {"soc.package.bodies.cold_plate.top.fluid=20 degC"}),
                 warm_room = small_run("quickstart.yaml", {"soc.package.bodies.cold_plate.top.fluid=20 degC",
                                                           "environment.ambient=35 degC"});
  CHECK(warm_room["peak_temperature_max_c"] - chilled["peak_temperature_max_c"] < 1);
  const ChildRun inlet = small_run("microchannels.yaml", {"environment.ambient=40 degC"});
  CHECK_THAT(inlet["coolant_inlet_c.channels"], WithinAbs(45, 1e-9));
}

TEST_CASE("a boiling pool holds the chip a few kelvin above saturation, below its critical flux") {
  const ChildRun run = small_run("immersion.yaml"),
                 calm = small_run("immersion.yaml", {"soc.package.device.bath.two_phase=false"});
  CHECK(run["peak_temperature_max_c"] > 56.6);
  CHECK(run["peak_temperature_max_c"] < 100);
  CHECK(calm["peak_temperature_max_c"] > run["peak_temperature_max_c"] + 5);
  CHECK(run["heat_balance_error"] < 1e-6);
}

TEST_CASE("generators on a hot sink give less than the Carnot share of what flows through them") {
  constexpr double kFan_w = 1;
  const auto generated_w = [](const ChildRun& of) { return kFan_w - of["cooling_power_w"]; };
  const ChildRun run = small_run("generator_sink.yaml");
  CHECK(generated_w(run) > 0);
  CHECK(generated_w(run) < 0.05 * run["average_power_w"]);
  const ChildRun open = small_run("generator_sink.yaml", {"soc.package.device.thermoelectric.load=1 kOhm"});
  // Open terminals: no current, no Peltier heat, so the modules conduct worse and all is hotter.
  CHECK(generated_w(open) < 0.1 * generated_w(run));
  CHECK(open["peak_temperature_max_c"] > run["peak_temperature_max_c"]);
}

TEST_CASE(
    "every cooling device works in every kind of run, under a governor, with a thermometer on its body") {
  const std::pair<const char*, const char*> devices[] = {{"thermoelectric_camera.yaml", "cold_plate"},
                                                         {"cryocooler.yaml", "cold_plate"},
                                                         {"pcm_wearable.yaml", "store"},
                                                         {"immersion.yaml", "spreader"},
                                                         {"generator_sink.yaml", "spreader"}};
  const std::vector<std::string> kinds[] = {
      {"run.rate=5"}, {"run.horizon=duration", "run.duration=3 s"}, {"run.horizon=steps", "run.steps=2"}};
  for (const auto& [experiment, body] : devices)
    for (std::vector<std::string> sets : kinds) {
      INFO(experiment << " " << sets.front());
      sets.push_back(fmt::format("soc.package.skin={{body: {}}}", body));
      sets.emplace_back(
          "governor.policies=[{kind: step_wise}, {kind: skin, skin: {source: skin}}, {kind: cooling_ramp}]");
      const ChildRun run = small_run(experiment, sets);
      CHECK(run["heat_balance_error"] < 1e-6);
      CHECK(run["skin_temperature_c"] > -100);
      CHECK(run["skin_temperature_c"] < run["peak_temperature_max_c"] + 1);
    }
}
