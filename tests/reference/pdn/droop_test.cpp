// SPDX-License-Identifier: MIT
// The droop of a series RLC rail against its closed form (figures of tests/reference/thermal/analytic.csv,
// A12), within 1 %.
#include "pdn/rail.h"
#include "reference/thermal/cases.h"
#include "support/catch.h"
#include "support/rail_step.h"

using namespace kiln;
using namespace kiln::test;
using Catch::Matchers::WithinRel;

TEST_CASE("A12: 20 pH, 2 mOhm, 100 nF and a 5 A step") {
  pdn::RailConfig config;
  config.voltage_v = 1.0;
  config.stages = {{"die", 20e-12, 2e-3, 100e-9, 0.0}};
  const pdn::Rail rail(config);
  const pdn::Droop droop = testing::droop_after_step(rail, 0.0, 5.0, 20e-9, 1e-12);
  const auto expected = [](const char* quantity) { return analytic("A12_pdn_step", quantity); };
  CHECK_THAT((droop.lowest_v - 1.0) * 1e3, WithinRel(expected("V_min"), 1e-3));
  CHECK_THAT(droop.at_s * 1e9, WithinRel(expected("t_min"), 0.01));
  CHECK_THAT((rail.die_voltage_v(rail.settled(5.0)) - 1.0) * 1e3, WithinRel(expected("V_final"), 1e-9));
  const auto peak = rail.impedance_peak(1e6, 1e9);
  CHECK_THAT(peak.impedance_ohm * 1e3, WithinRel(expected("Zpeak"), 1e-4));
  CHECK_THAT(peak.frequency_hz, WithinRel(expected("f_Zpeak"), 1e-4));
  CHECK(droop.share > rail.config().noise_limit);
}
