// SPDX-License-Identifier: MIT
// SOC_B against 3D-ICE and a finite-volume solver: steady, step, pulses, leakage. The primary gate of the
// solver.
#include <cmath>

#include "cases.h"
#include "support/catch.h"
#include "thermal/leakage.h"
#include "thermal/reduced_model.h"

using namespace kiln;
using namespace kiln::test;
using Catch::Matchers::WithinAbs;
using Catch::Matchers::WithinRel;

TEST_CASE(
    "SOC_B steady block means agree with 3D-ICE and FV on the same mesh within 0.05 K, finer within 0.15 K") {
  const auto model = case_model("soc_b");
  for (const auto& row : rows_of("soc_b_steady.csv")) {
    const thermal::State state = model->steady(soc_power_w(row.text("power")));
    const double tolerance = row.text("solver") == "FV_80x80x18" ? 0.15 : 0.05;
    for (std::size_t block = 0; block < soc_blocks().size(); ++block) {
      INFO(row.text("power") << " " << row.text("solver") << " " << soc_blocks()[block]);
      CHECK_THAT(model->block_mean_c(state, static_cast<int>(block)),
                 WithinAbs(row.number(soc_blocks()[block] + "_C"), tolerance));
    }
    CHECK_THAT(model->max_cell_c(state), WithinAbs(row.number("max_C"), tolerance));
  }
}

TEST_CASE("SOC_B step response agrees with FV within 0.1 K from 0.1 ms to 5 s") {
  const auto model = case_model("soc_b");
  const std::vector<double> power_w = soc_power_w("P30");
  thermal::State state = model->ambient_state();
  double at_s = 0.0;
  for (const auto& row : rows_of("soc_b_step.csv")) {
    const double t = row.number("t_s");
    if (t > 5.0) break;
    model->step(state, t - at_s, power_w);
    at_s = t;
    for (std::size_t block = 0; block < soc_blocks().size(); ++block) {
      INFO("t " << t << " " << soc_blocks()[block]);
      CHECK_THAT(model->block_mean_c(state, static_cast<int>(block)),
                 WithinAbs(row.number(soc_blocks()[block] + "_C"), 0.1));
    }
  }
  CHECK(model->balance(state).relative() < 1e-9);
}

TEST_CASE("SOC_B pulses: the reduced model meets peak and trough of the last period within 0.15 K") {
  const auto model = case_model("soc_b");
  const thermal::ReducedModel reduced(*model);
  const std::vector<double> on_w = soc_power_w("P30"), off_w(on_w.size(), 0.0);
  thermal::State state = reduced.ambient_state();
  const auto& rows = rows_of("soc_b_pulse.csv");
  std::size_t row = 0;
  while (row < rows.size() && rows[row].number("t_s") < 1.9505) ++row;
  for (int ms = 1; ms <= 2000; ++ms) {
    reduced.step(state, 1e-3, (ms - 1) % 50 < 10 ? on_w : off_w);
    if (row >= rows.size() || std::abs(rows[row].number("t_s") - ms * 1e-3) > 1e-6) continue;
    for (std::size_t block = 0; block < soc_blocks().size(); ++block) {
      INFO("t " << ms << " ms " << soc_blocks()[block]);
      CHECK_THAT(reduced.block_mean_c(state, static_cast<int>(block)),
                 WithinAbs(rows[row].number(soc_blocks()[block] + "_C"), 0.15));
    }
    ++row;
  }
  CHECK(row == rows.size());
}

namespace {

thermal::Leakage hotspot_leakage(const thermal::ThermalModel& model, double multiplier) {
  return [&model, multiplier](int block, double temperature_c) {
    const double area_m2 = model.floorplan().blocks[static_cast<std::size_t>(block)].rectangle().area_m2();
    return multiplier * 1.5e4 * area_m2 * std::exp(0.036 * (temperature_c - 110.0));
  };
}

}  // namespace

TEST_CASE(
    "SOC_B leakage feedback: steady within 0.1 K, runaway multiplier within 1 %, runaway names its block") {
  const auto model = case_model("soc_b");
  const thermal::LeakageLoop loop(*model);
  for (const auto& row : rows_of("soc_b_leakage.csv")) {
    if (row.text("kind") != "steady") continue;
    const auto found =
        loop.steady(soc_power_w(row.text("power")), hotspot_leakage(*model, row.number("leak_multiplier")));
    for (std::size_t block = 0; block < soc_blocks().size(); ++block)
      CHECK_THAT(model->block_mean_c(found.state, static_cast<int>(block)),
                 WithinAbs(row.number(soc_blocks()[block] + "_C"), 0.1));
    CHECK_THAT(found.leakage_w.sum(), WithinRel(row.number("leak_W"), 0.01));
    CHECK(found.loop_gain < 1.0);
  }
  CHECK_THAT(loop.runaway_multiplier(soc_power_w("P30"), hotspot_leakage(*model, 1.0)),
             WithinRel(10.7607, 0.01));
  try {
    loop.steady(soc_power_w("P30"), hotspot_leakage(*model, 11.0));
    FAIL("eleven times the leakage must run away");
  } catch (const thermal::ThermalRunaway& runaway) {
    CHECK(runaway.block() == "NPU0");
    CHECK(runaway.loop_gain() >= 1.0);
  }
}

TEST_CASE(
    "SOC_B leakage feedback in time: the reduced model with leakage every millisecond stays within 0.1 K of "
    "FV") {
  const auto model = case_model("soc_b");
  const thermal::ReducedModel reduced(*model);
  const auto leakage = hotspot_leakage(*model, 3.0);
  const std::vector<double> dynamic_w = soc_power_w("P30");
  thermal::State state = reduced.ambient_state();
  std::vector<double> power_w(dynamic_w.size()), means_c(dynamic_w.size(), 25.0);
  int ms = 0;
  for (const auto& row : rows_of("soc_b_leakage.csv")) {
    if (row.text("kind") != "transient") continue;
    for (; ms < std::lround(row.number("t_s") * 1e3); ++ms) {
      for (std::size_t block = 0; block < power_w.size(); ++block)
        power_w[block] = dynamic_w[block] + leakage(static_cast<int>(block), means_c[block]);
      reduced.step(state, 1e-3, power_w, means_c);
    }
    for (std::size_t block = 0; block < soc_blocks().size(); ++block) {
      INFO("t " << ms << " ms " << soc_blocks()[block]);
      CHECK_THAT(means_c[block], WithinAbs(row.number(soc_blocks()[block] + "_C"), 0.1));
    }
  }
  CHECK(ms == 5000);
}
