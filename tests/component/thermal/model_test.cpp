// SPDX-License-Identifier: MIT
// The model's laws on small stacks: bodies, refusals, books, thermometers, coolant.
#include "thermal/thermal_model.h"

#include "base/error.h"
#include "stack.h"
#include "support/catch.h"
#include "thermal/reduced_model.h"
#include "thermal/temperature_map.h"

using namespace kiln;
using namespace kiln::test;
using Catch::Matchers::WithinAbs;
using Catch::Matchers::WithinRel;

namespace {

thermal::PackageConfig die_with_top(int cells = 6) {
  return one_body({layer("soc", "silicon", 100e-6, 1, true), layer("lid", "copper", 1e-3)},
                  coefficient(5000.0), cells, cells);
}

std::string message_of(const thermal::PackageConfig& package, const thermal::Floorplan& floorplan) {
  try {
    const thermal::ThermalModel model(package, floorplan, 25.0);
  } catch (const base::SimError& error) {
    return error.what();
  }
  return "accepted";
}

}  // namespace

TEST_CASE("a floorplan or stack that is not physical is refused, and the message names it") {
  const thermal::PackageConfig package = die_with_top();
  const thermal::Floorplan good = checkerboard(2, 1, 10e-3, 10e-3);
  CHECK(message_of(package, good) == "accepted");

  thermal::Floorplan overlapping = good;
  overlapping.blocks[1].x_m -= 1e-3;
  CHECK(mentions(message_of(package, overlapping), {"b0_0", "b0_1", "overlap"}));

  thermal::PackageConfig narrow = package;
  narrow.bodies[0].width_m = 8e-3;
  narrow.bodies[0].length_m = 10e-3;
  CHECK(mentions(message_of(narrow, good), {"b0_1", "out of die"}));

  thermal::PackageConfig closed = package;
  closed.bodies[0].top.reset();
  CHECK(mentions(message_of(closed, good), {"stack", "no path"}));

  thermal::Floorplan stranger = good;
  stranger.blocks[0].body = "sox";
  CHECK(mentions(message_of(package, stranger), {"b0_0", "soc"}));

  thermal::PackageConfig floating = package;
  thermal::BodyConfig sink;
  sink.name = "sink";
  sink.on = {"stack"};
  sink.width_m = sink.length_m = 5e-3;
  sink.shift_x_m = 20e-3;
  sink.layers = {layer("sink", "aluminium", 1e-3)};
  floating.bodies.push_back(sink);
  CHECK(mentions(message_of(floating, good), {"sink", "does not touch"}));

  thermal::PackageConfig covered = package;
  sink.shift_x_m = 0.0;
  sink.width_m = sink.length_m = 30e-3;
  covered.bodies.push_back(sink);
  CHECK(mentions(message_of(covered, good), {"stack", "cover"}));
}

TEST_CASE("two dies beside each other on a carrier heat each other, less than themselves") {
  thermal::PackageConfig package;
  thermal::BodyConfig carrier;
  carrier.name = "interposer";
  carrier.covers = {"soc", "hbm"};
  carrier.margin_m = 1e-3;
  carrier.layers = {layer("interposer", "silicon", 100e-6)};
  carrier.bottom = coefficient(50.0);
  thermal::BodyConfig soc, hbm;
  soc.name = "soc";
  soc.on = {"interposer"};
  soc.layers = {layer("soc", "silicon", 300e-6, 1, true)};
  soc.top = coefficient(5000.0);
  hbm = soc;
  hbm.name = "hbm";
  hbm.beside = "soc";
  hbm.gap_m = 1e-3;
  hbm.layers = {layer("hbm", "silicon", 500e-6, 1, true)};
  package.bodies = {carrier, soc, hbm};
  package.grid.nx = package.grid.ny = 8;
  thermal::Floorplan floorplan = checkerboard(2, 2, 10e-3, 10e-3);
  for (auto& block : floorplan.blocks) block.body = "soc";
  thermal::Block memory;
  memory.name = "memory";
  memory.width_m = 11e-3;
  memory.height_m = 8e-3;
  memory.body = "hbm";
  floorplan.blocks.push_back(memory);

  const thermal::ThermalModel model(package, floorplan, 25.0);
  const std::vector<double> soc_w{5.0, 5.0, 5.0, 5.0, 0.0}, memory_w{0.0, 0.0, 0.0, 0.0, 5.0};
  const thermal::State hot_soc = model.steady(soc_w), hot_memory = model.steady(memory_w);
  CHECK(model.block_mean_c(hot_soc, 4) > 25.5);
  CHECK(model.block_mean_c(hot_soc, 4) < model.block_mean_c(hot_soc, 0));
  // The block nearer to the memory (right column) feels it more.
  CHECK(model.block_mean_c(hot_memory, 1) > model.block_mean_c(hot_memory, 0));
  CHECK(model.steady_balance(hot_soc, soc_w).relative() < 1e-9);
}

TEST_CASE("the grid does not change the mean of a uniform slab, nor a block that cuts cells") {
  const thermal::Floorplan thirds = checkerboard(3, 1, 10e-3, 10e-3);
  const std::vector<double> power_w{10.0, 10.0, 10.0};
  for (const int cells : {1, 4, 7, 16}) {
    const thermal::ThermalModel model(die_with_top(cells), thirds, 25.0);
    const thermal::State state = model.steady(power_w);
    // 30 W over 1 cm2: h, lid and half of the source layer in series.
    const double expected = 25.0 + 30.0 / 1e-4 * (1.0 / 5000.0 + 1e-3 / 400.0 + 50e-6 / 130.0);
    for (int block = 0; block < 3; ++block)
      CHECK_THAT(model.block_mean_c(state, block), WithinAbs(expected, 1e-6));
  }
}

TEST_CASE("a thermometer on the skin reads the outer face, between the last cell and the air") {
  thermal::PackageConfig package = die_with_top();
  package.skin = thermal::ProbeConfig{"stack", thermal::Statistic::mean, {}, {}};
  const thermal::ThermalModel model(package, checkerboard(1, 1, 10e-3, 10e-3), 25.0);
  const thermal::State state = model.steady(std::vector<double>{20.0});
  CHECK_THAT(model.probe_c(state, thermal::Probe::skin), WithinAbs(25.0 + 20.0 / 1e-4 / 5000.0, 1e-6));
  CHECK_THROWS_AS(model.probe_c(state, thermal::Probe::board), base::SimError);
}

TEST_CASE("stacking a block's own heat capacity and resistivity into its layer changes only what it should") {
  thermal::Floorplan floorplan = checkerboard(1, 1, 10e-3, 10e-3);
  const std::vector<double> power_w{20.0};
  const thermal::ThermalModel plain(die_with_top(), floorplan, 25.0);
  floorplan.blocks[0].volumetric_heat_j_m3k = 2.0 * 1.6303e6;
  const thermal::ThermalModel heavy(die_with_top(), floorplan, 25.0);
  CHECK_THAT(heavy.block_mean_c(heavy.steady(power_w), 0),
             WithinAbs(plain.block_mean_c(plain.steady(power_w), 0), 1e-9));
  CHECK_THAT(heavy.network().capacity_j_k.sum() - plain.network().capacity_j_k.sum(),
             WithinRel(1.6303e6 * 1e-4 * 100e-6, 1e-9));
  floorplan.blocks[0].resistivity_mk_w = 0.1;
  const thermal::ThermalModel poor(die_with_top(), floorplan, 25.0);
  CHECK_THAT(poor.block_mean_c(poor.steady(power_w), 0) - plain.block_mean_c(plain.steady(power_w), 0),
             WithinAbs(20.0 / 1e-4 * 50e-6 * (0.1 - 1.0 / 130.0), 1e-6));
}

TEST_CASE(
    "the reduced model gives the full model's steady states and pulses, also through its thermometers") {
  thermal::PackageConfig package = die_with_top(10);
  package.skin = thermal::ProbeConfig{"stack", thermal::Statistic::maximum, {}, {}};
  package.solver.step_tolerance_k = 1e-3;
  const thermal::ThermalModel full(package, checkerboard(4, 2, 10e-3, 10e-3), 25.0);
  const thermal::ReducedModel reduced(full);
  CHECK(reduced.order() < full.cell_count() / 2);
  std::vector<double> power_w(8, 1.0), off_w(8, 0.0);
  power_w[2] = 9.0;
  const thermal::State a = full.steady(power_w), b = reduced.steady(power_w);
  for (int block = 0; block < 8; ++block)
    CHECK_THAT(reduced.block_mean_c(b, block), WithinAbs(full.block_mean_c(a, block), 1e-6));
  CHECK_THAT(reduced.max_cell_c(b), WithinAbs(full.max_cell_c(a), 0.05));
  CHECK_THAT(reduced.probe_c(b, thermal::Probe::skin),
             WithinAbs(full.probe_c(a, thermal::Probe::skin), 0.05));
  thermal::State x = full.ambient_state(), z = reduced.ambient_state();
  for (int ms = 0; ms < 60; ++ms) {
    const auto& now = ms % 20 < 5 ? power_w : off_w;
    full.step(x, 1e-3, now);
    reduced.step(z, 1e-3, now);
    for (int block = 0; block < 8; ++block)
      CHECK_THAT(reduced.block_mean_c(z, block), WithinAbs(full.block_mean_c(x, block), 0.05));
  }
  CHECK(reduced.balance(z).relative() < 6e-8);  // single precision of the powers
  // Steps of any length are exact while power is held.
  thermal::State once = reduced.ambient_state(), often = reduced.ambient_state();
  reduced.step(once, 0.1, power_w);
  for (int i = 0; i < 100; ++i) reduced.step(often, 1e-3, power_w);
  for (int block = 0; block < 8; ++block)
    CHECK_THAT(reduced.block_mean_c(often, block), WithinAbs(reduced.block_mean_c(once, block), 1e-9));
  // Round trip through the full model keeps heat and temperatures.
  const thermal::State back = reduced.project(reduced.expand(z));
  for (int block = 0; block < 8; ++block)
    CHECK_THAT(reduced.block_mean_c(back, block), WithinAbs(reduced.block_mean_c(z, block), 0.05));
}

TEST_CASE("coolant in channels: the reduced model follows the full one, which is not symmetric") {
  thermal::PackageConfig package =
      one_body({layer("soc", "silicon", 100e-6, 1, true), layer("channels", "silicon", 100e-6),
                layer("cap", "silicon", 300e-6)},
               coefficient(1.0), 1, 8);
  thermal::ChannelsConfig channels{.flow_m3_s = 42e-6 / 60.0};
  channels.count = 5;
  channels.width_m = channels.wall_m = 1e-3;
  package.bodies[0].layers[1].channels = channels;
  package.solver.step_tolerance_k = 1e-3;
  const thermal::ThermalModel full(package, checkerboard(2, 2, 10e-3, 10e-3), 25.0);
  CHECK_FALSE(full.network().symmetric);
  const thermal::ReducedModel reduced(full);
  const std::vector<double> power_w{4.0, 3.0, 2.0, 1.0};
  const thermal::State a = full.steady(power_w);
  // Blocks downstream (second row) are hotter than the same power upstream would make them.
  CHECK(full.steady_balance(a, power_w).relative() < 1e-9);
  thermal::State x = full.ambient_state(), z = reduced.ambient_state();
  for (int i = 0; i < 50; ++i) {
    full.step(x, 1e-3, power_w);
    reduced.step(z, 1e-3, power_w);
  }
  for (int block = 0; block < 4; ++block)
    CHECK_THAT(reduced.block_mean_c(z, block), WithinAbs(full.block_mean_c(x, block), 0.05));
  CHECK(reduced.balance(z).relative() < 1e-6);
}

TEST_CASE("the temperature map shows every block once and is the same text every time") {
  const thermal::ThermalModel model(die_with_top(), checkerboard(2, 2, 10e-3, 10e-3), 25.0);
  const thermal::State state = model.steady(std::vector<double>{4.0, 3.0, 2.0, 1.0});
  const std::string svg = thermal::temperature_map_svg(model, state, "a < b");
  CHECK(svg == thermal::temperature_map_svg(model, state, "a < b"));
  CHECK(svg.starts_with("<svg"));
  CHECK(svg.ends_with("</svg>\n"));
  CHECK(mentions(svg, {"a &lt; b"}));
  for (const char* name : {"b0_0", "b0_1", "b1_0", "b1_1"}) CHECK(mentions(svg, {name}));
}

TEST_CASE("a heat balance is judged by what flowed, unless a store is so large that it cannot be resolved") {
  const thermal::HeatBalance flow{.in = 2, .stored = 1, .out = 1 - 2e-6};
  CHECK_THAT(flow.relative(), WithinRel(1e-6, 1e-3));
  const thermal::HeatBalance small_store{.in = 2, .stored = 1, .out = 1 - 2e-6, .content = 1e5};
  CHECK(small_store.relative() == flow.relative());
  const thermal::HeatBalance large_store{.in = 2, .stored = 1, .out = 1 - 2e-6, .content = 4e8};
  CHECK_THAT(large_store.relative(), WithinRel(5e-9, 1e-3));
}

TEST_CASE("a package of more cells than are factored keeps its books, and agrees with a coarser one") {
  const auto package = [](int cells) {
    return one_body({layer("soc", "silicon", 100e-6, 2, true), layer("tim", "tim", 50e-6),
                     layer("lid", "copper", 1e-3, 2)},
                    coefficient(5000.0), cells, cells);
  };
  const thermal::Floorplan floorplan = checkerboard(3, 2, 10e-3, 8e-3);
  const std::vector<double> power_w = {8, 0, 1, 0.5, 3, 0};
  const thermal::ThermalModel coarse(package(60), floorplan, 25.0), fine(package(120), floorplan, 25.0);
  REQUIRE(coarse.cell_count() < thermal::kMostFactored);
  REQUIRE(fine.cell_count() > thermal::kMostFactored);
  const thermal::State steady = fine.steady(power_w), about = coarse.steady(power_w);
  CHECK(fine.steady_balance(steady, power_w).relative() < 1e-9);
  thermal::State moving = fine.ambient_state(), about_moving = coarse.ambient_state();
  for (int i = 0; i < 3; ++i) {
    fine.step(moving, 5e-3, power_w);
    coarse.step(about_moving, 5e-3, power_w);
  }
  CHECK(fine.balance(moving).relative() < 1e-7);
  for (int block = 0; block < fine.block_count(); ++block) {
    INFO(block);
    CHECK_THAT(fine.block_mean_c(steady, block), WithinAbs(coarse.block_mean_c(about, block), 0.1));
    CHECK_THAT(fine.block_mean_c(moving, block), WithinAbs(coarse.block_mean_c(about_moving, block), 0.1));
  }
}
