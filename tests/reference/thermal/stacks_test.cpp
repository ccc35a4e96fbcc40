// SPDX-License-Identifier: MIT
// HBM8, PKG_A and MC_SOC against 3D-ICE, HotSpot and a finite-volume solver.
#include <algorithm>
#include <cmath>

#include "cases.h"
#include "support/catch.h"
#include "thermal/channels.h"

using namespace kiln;
using namespace kiln::test;
using Catch::Matchers::WithinAbs;
using Catch::Matchers::WithinRel;

namespace {

std::vector<double> hbm8_power_w(const thermal::Floorplan& floorplan) {
  std::vector<double> watts;
  for (const thermal::Block& block : floorplan.blocks) {
    const std::string name = block.name.substr(block.name.find('.') + 1);
    if (block.body == "BASE0")
      watts.push_back(name == "PHY" ? 3.5 : name == "LOW" ? 0.4 : name == "TSV" ? 1.5 : 0.6);
    else
      watts.push_back(name == "TSV" ? 0.3 : 0.15);
  }
  return watts;
}

int block_index(const thermal::Floorplan& floorplan, const std::string& name) {
  for (std::size_t i = 0; i < floorplan.blocks.size(); ++i)
    if (floorplan.blocks[i].name == name) return static_cast<int>(i);
  FAIL("no block " << name);
  return -1;
}

}  // namespace

TEST_CASE("HBM8 steady block means agree with 3D-ICE within 0.1 K") {
  const auto model = case_model("hbm8");
  const auto power_w = hbm8_power_w(model->floorplan());
  const thermal::State state = model->steady(power_w);
  CHECK(model->steady_balance(state, power_w).relative() < 1e-9);
  for (const auto& row : rows_of("hbm8_steady.csv")) {
    const std::string name = row.text("die") + "." + row.text("block");
    INFO(name);
    CHECK_THAT(model->block_mean_c(state, block_index(model->floorplan(), name)),
               WithinAbs(row.number("avg_C"), 0.1));
  }
}

TEST_CASE("HBM8 step response agrees with 3D-ICE within 0.3 K, in every block at every time") {
  const auto model = case_model("hbm8");
  const thermal::Floorplan& floorplan = model->floorplan();
  const auto power_w = hbm8_power_w(floorplan);
  thermal::State state = model->ambient_state();
  double at_s = 0.0;
  for (const double t : {0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0}) {
    model->step(state, t - at_s, power_w);
    at_s = t;
    for (const auto& row : rows_of("hbm8_step.csv")) {
      if (std::abs(row.number("t_s") - t) > 1e-9) continue;
      int column = 0;  // b0, b1, ...: the blocks of the die in the floorplan's order
      for (std::size_t block = 0; block < floorplan.blocks.size(); ++block) {
        if (floorplan.blocks[block].body != row.text("die")) continue;
        INFO(floorplan.blocks[block].name << " at " << t);
        CHECK_THAT(model->block_mean_c(state, static_cast<int>(block)),
                   WithinAbs(row.number(fmt::format("b{}_C", column++)), 0.3));
      }
    }
  }
}

TEST_CASE("PKG_A steady states lie within 0.5 K or 1 % of FV and within 2 K or 3.5 % of HotSpot") {
  const auto model = case_model("pkg_a");
  for (const auto& row : rows_of("pkg_a_steady.csv")) {
    if (row.text("leakage") == "on") continue;
    const bool fv = row.text("solver").starts_with("FV");
    const thermal::State state = model->steady(soc_power_w(row.text("power")));
    for (std::size_t block = 0; block < soc_blocks().size(); ++block) {
      const double expected = row.number(soc_blocks()[block] + "_C");
      double allowed = std::max(fv ? 0.5 : 2.0, (fv ? 0.01 : 0.035) * (expected - 25.0));
      // At 30 W the FV reference itself lies 2.01 K from HotSpot's grid in NPU3: HotSpot's gap is never asked
      // to be smaller than the one between the two references plus FV's own tolerance.
      for (const auto& other : rows_of("pkg_a_steady.csv"))
        if (!fv && other.text("power") == row.text("power") && other.text("solver").starts_with("FV"))
          allowed = std::max(allowed, std::abs(other.number(soc_blocks()[block] + "_C") - expected) + 0.5);
      INFO(row.text("power") << " " << row.text("solver") << " " << soc_blocks()[block]);
      CHECK_THAT(model->block_mean_c(state, static_cast<int>(block)), WithinAbs(expected, allowed));
    }
  }
}

TEST_CASE("PKG_A step response lies within 0.5 K or 1 % of FV") {
  const auto model = case_model("pkg_a", {"grid.nx=24", "grid.ny=24"});
  const auto power_w = soc_power_w("P30");
  thermal::State state = model->ambient_state();
  double at_s = 0.0;
  for (const double t : {0.01, 10.0, 100.0, 1000.0}) {
    model->step(state, t - at_s, power_w);
    at_s = t;
    for (const auto& row : rows_of("pkg_a_step.csv")) {
      if (std::abs(row.number("t_s") - t) > 1e-9) continue;
      for (std::size_t block = 0; block < soc_blocks().size(); ++block) {
        const double expected = row.number(soc_blocks()[block] + "_C");
        INFO("t " << t << " " << soc_blocks()[block]);
        CHECK_THAT(model->block_mean_c(state, static_cast<int>(block)),
                   WithinAbs(expected, std::max(0.5, 0.01 * (expected - 25.0))));
      }
    }
  }
}

TEST_CASE("MC_SOC: block rises within 2 % of 3D-ICE and 1.5 % of FV; the coolant carries all heat") {
  for (const double flow_ml_min : {42.0, 84.0}) {
    const auto model =
        case_model("mc_soc", {fmt::format("bodies.0.layers.2.channels.flow={} ml/min", flow_ml_min)});
    for (const auto& row : rows_of("mc_soc_steady.csv")) {
      if (std::abs(row.number("flow_ml_min") - flow_ml_min) > 0.5) continue;
      const double scale = row.text("power") == "P100" ? 100.0 / 30.0 : 1.0;
      const auto power_w = soc_power_w("P30", scale);
      const thermal::State state = model->steady(power_w);
      const double share = row.text("solver").starts_with("3D-ICE") ? 0.02 : 0.015;
      for (std::size_t block = 0; block < soc_blocks().size(); ++block) {
        const double expected = row.number(soc_blocks()[block] + "_C");
        INFO(row.text("power") << " " << flow_ml_min << " " << row.text("solver") << " "
                               << soc_blocks()[block]);
        CHECK_THAT(model->block_mean_c(state, static_cast<int>(block)) - 25.0,
                   WithinRel(expected - 25.0, share));
      }
      CHECK_THAT(model->max_cell_c(state) - 25.0, WithinRel(row.number("max_C") - 25.0, share));
      CHECK(model->steady_balance(state, power_w).relative() < 1e-6);
      const double stream_w_k = 4.172e6 * flow_ml_min * 1e-6 / 60.0;
      CHECK_THAT(model->outflow_w(state.x)[0] / stream_w_k, WithinRel(30.0 * scale / stream_w_k, 1e-6));
    }
  }
}

TEST_CASE("MC_SOC step response within 2 % of rise of 3D-ICE") {
  const auto model = case_model("mc_soc", {"grid.ny=50"});
  const auto power_w = soc_power_w("P30", 100.0 / 30.0);
  thermal::State state = model->ambient_state();
  double at_s = 0.0;
  for (const auto& row : rows_of("mc_soc_step.csv")) {
    const double t = row.number("t_s");
    if (t > 0.051) break;
    model->step(state, t - at_s, power_w);
    at_s = t;
    for (std::size_t block = 0; block < soc_blocks().size(); ++block) {
      INFO("t " << t << " s " << soc_blocks()[block]);
      CHECK_THAT(model->block_mean_c(state, static_cast<int>(block)) - 25.0,
                 WithinRel(row.number(soc_blocks()[block] + "_C") - 25.0, 0.02));
    }
  }
  CHECK(model->balance(state).relative() < 1e-6);
}
