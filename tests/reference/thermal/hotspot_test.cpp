// SPDX-License-Identifier: MIT
// HotSpot's lumped package against HotSpot 7.0's own grid model (PKG_A) and its one-dimensional closed form.
#include <cmath>

#include "cases.h"
#include "support/catch.h"
#include "thermal/leakage.h"

using namespace kiln;
using namespace kiln::test;
using Catch::Matchers::WithinAbs;

namespace {

thermal::StandaloneConfig hotspot_default() {
  return config::load<thermal::StandaloneConfig>(source_path("configs/packages/hotspot_default.yaml")).value;
}

thermal::Floorplan soc_floorplan() {
  return thermal::read_flp(source_path("configs/packages/pkg_a.flp"));
}

/// PKG_A's sizes and materials in HotSpot's default package.
thermal::PackageConfig pkg_a_lumped() {
  thermal::PackageConfig package = hotspot_default();
  package.bodies[0].layers[0].thickness_m = 300e-6;
  package.bodies[0].layers[1].thickness_m = 50e-6;
  package.bodies[2].layers[0].material = "aluminium";
  package.bodies[2].top->resistance_k_w = 1.5;
  package.bodies[2].top->heat_capacity_j_k = 40.0;
  return package;
}

}  // namespace

TEST_CASE("lumped PKG_A: hottest cell within 1 mK and blocks within 0.1 K of HotSpot's grid model, steady") {
  const thermal::ThermalModel model(pkg_a_lumped(), soc_floorplan(), 25.0);
  for (const auto& row : rows_of("pkg_a_steady.csv")) {
    if (row.text("solver") != "HotSpot7_grid64" || row.text("leakage") == "on") continue;
    INFO(row.text("power"));
    const auto power_w = soc_power_w(row.text("power"));
    const thermal::State state = model.steady(power_w);
    CHECK_THAT(model.max_cell_c(state), WithinAbs(row.number("max_C"), 1e-3));
    // HotSpot gives a cell that two blocks share to one of them.
    for (std::size_t block = 0; block < soc_blocks().size(); ++block)
      CHECK_THAT(model.block_mean_c(state, static_cast<int>(block)),
                 WithinAbs(row.number(soc_blocks()[block] + "_C"), 0.1));
    CHECK(model.steady_balance(state, power_w).relative() < 1e-9);
  }
}

TEST_CASE("lumped PKG_A: with HotSpot's built-in leakage blocks lie within 0.1 K of its grid model") {
  const thermal::ThermalModel model(pkg_a_lumped(), soc_floorplan(), 25.0);
  const thermal::Leakage leakage = [&](int block, double temperature_c) {
    const double area_m2 = model.floorplan().blocks[static_cast<std::size_t>(block)].rectangle().area_m2();
    return 1.5e4 * area_m2 * std::exp(0.036 * (temperature_c - 110.0));
  };
  for (const auto& row : rows_of("pkg_a_steady.csv")) {
    if (row.text("solver") != "HotSpot7_grid64" || row.text("leakage") != "on") continue;
    INFO(row.text("power"));
    const thermal::State state =
        thermal::steady_with_leakage(model, soc_power_w(row.text("power")), leakage).state;
    for (std::size_t block = 0; block < soc_blocks().size(); ++block)
      CHECK_THAT(model.block_mean_c(state, static_cast<int>(block)),
                 WithinAbs(row.number(soc_blocks()[block] + "_C"), 0.1));
  }
}

TEST_CASE(
    "lumped package: capacities are HotSpot's, a transient keeps its books and ends in the steady state") {
  thermal::PackageConfig package = pkg_a_lumped();
  package.grid.nx = package.grid.ny = 16;
  const thermal::ThermalModel model(package, soc_floorplan(), 25.0);
  // The four trapezoids fill spreader and sink exactly, so the whole capacity is that of the boxes.
  const double die_m2 = 1e-4, spreader_m2 = 9e-4, sink_m2 = 36e-4;
  const double whole_j_k = die_m2 * (300e-6 * 1.6303e6 + 50e-6 * 4.0e6) + spreader_m2 * 1e-3 * 3.55e6 +
                           sink_m2 * 6.9e-3 * 2.422e6 + 40.0;
  CHECK_THAT(model.network().capacity_j_k.sum(), WithinAbs(0.333 * whole_j_k, 1e-9 * whole_j_k));
  const auto power_w = soc_power_w("P30");
  thermal::State state = model.ambient_state();
  for (int step = 0; step < 8; ++step) model.step(state, 200.0, power_w);
  CHECK(model.balance(state).relative() < 1e-6);
  const thermal::State settled = model.steady(power_w);
  for (int block = 0; block < model.block_count(); ++block)
    CHECK_THAT(model.block_mean_c(state, block), WithinAbs(model.block_mean_c(settled, block), 0.01));
}

TEST_CASE("lumped PKG_A: the step response of NPU0 to 30 W is HotSpot's as shipped within 0.02 K") {
  thermal::PackageConfig package = pkg_a_lumped();
  package.grid.nx = package.grid.ny = 20;
  const thermal::ThermalModel model(package, soc_floorplan(), 25.0);
  thermal::State state = model.ambient_state();
  // HotSpot 7.0 (f18831e), block model, capacities x 0.333. Later its single node per block shows.
  for (const auto& [t_s, expected_c] : {std::pair{1e-4, 25.2253}, {1e-3, 26.6925}, {1e-2, 31.3760}}) {
    model.step(state, t_s - state.elapsed_s, soc_power_w("P30"));
    CHECK_THAT(model.block_mean_c(state, 0), WithinAbs(expected_c, 0.02));
  }
}

TEST_CASE(
    "lumped package: a die almost as large as its sink is a column, uniform power over series resistances") {
  thermal::PackageConfig package = hotspot_default();
  package.bodies[1].width_m = package.bodies[1].length_m = 10.0002e-3;
  package.bodies[2].width_m = package.bodies[2].length_m = 10.0004e-3;
  package.grid.nx = package.grid.ny = 8;
  const thermal::ThermalModel model(package, soc_floorplan(), 45.0);
  std::vector<double> power_w;
  for (const thermal::Block& block : model.floorplan().blocks)
    power_w.push_back(40.0 * block.rectangle().area_m2() / 1e-4);
  const double series_k_w = (150e-6 / 130.0 + 20e-6 / 4.0 + 1e-3 / 400.0 + 6.9e-3 / 400.0) / 1e-4 + 0.1;
  const thermal::State state = model.steady(power_w);
  CHECK_THAT(model.max_cell_c(state), WithinAbs(45.0 + 40.0 * series_k_w, 0.01));
}

TEST_CASE("a package that HotSpot could not lump is refused, and the message says what to change") {
  const auto message = [](const thermal::PackageConfig& package) -> std::string {
    try {
      const thermal::ThermalModel model(package, soc_floorplan(), 45.0);
    } catch (const base::SimError& error) {
      return error.what();
    }
    return "accepted";
  };
  thermal::PackageConfig package = hotspot_default();
  package.grid.nx = package.grid.ny = 4;
  CHECK(message(package) == "accepted");
  auto small = package;
  small.bodies[1].width_m = small.bodies[1].length_m = 9e-3;
  CHECK(message(small).find("'spreader' must be larger than 'die'") != std::string::npos);
  auto divided = package;
  divided.bodies[2].layers[0].divisions = 2;
  CHECK(message(divided).find("'sink' must be a square") != std::string::npos);
  auto bare = package;
  bare.bodies.pop_back();
  CHECK(message(bare).find("2 bodies") != std::string::npos);
}
