// SPDX-License-Identifier: MIT
// The package under its cooling: reduced steps, driven flows, the books of heat.
#include "device/heat.h"

#include <algorithm>
#include <cmath>

#include "config/load.h"
#include "support/catch.h"

using namespace kiln;
using Catch::Matchers::WithinAbs;
using Catch::Matchers::WithinRel;

namespace {

thermal::PackageConfig fan_package() {
  return config::load<thermal::StandaloneConfig>(std::string(KILN_SOURCE_DIR) +
                                                 "/configs/packages/forced_air.yaml")
      .value;
}

thermal::Floorplan blocks() {
  thermal::Floorplan floorplan;
  floorplan.blocks = {{.name = "left", .width_m = 4e-3, .height_m = 6e-3, .body = "soc"},
                      {.name = "right", .x_m = 4e-3, .width_m = 3e-3, .height_m = 6e-3, .body = "soc"},
                      {.name = "memory", .width_m = 12e-3, .height_m = 12e-3, .body = "lpddr"},
                      {.name = "regulators", .width_m = 6e-3, .height_m = 6e-3, .body = "regulators"}};
  return floorplan;
}

const std::vector<double> kPowers_w = {6.0, 3.0, 2.0, 1.0};

}  // namespace

TEST_CASE("reduced steps follow the full model, drive changes included, and books close") {
  device::Heat full(fan_package(), blocks(), 25), reduced(fan_package(), blocks(), 25);
  reduced.reduce(10e-3);
  double worst_k = 0;
  for (int i = 0; i < 400; ++i) {
    const double drive = i < 150 ? 1.0 : i < 300 ? 0.3 : 0.7;
    full.drive(drive);
    reduced.drive(drive);
    std::vector<double> power_w = kPowers_w;
    for (double& w : power_w) w *= i % 20 < 10 ? 1.5 : 0.5;
    full.step(10e-3, power_w);
    reduced.step(10e-3, power_w);
    for (std::size_t b = 0; b < power_w.size(); ++b)
      worst_k = std::max(worst_k, std::abs(full.block_c()[b] - reduced.block_c()[b]));
  }
  CHECK(worst_k < 0.15);
  CHECK(full.balance().relative() < 1e-6);
  CHECK(reduced.balance().relative() < 1e-6);
}

TEST_CASE("a slower fan leaves the package hotter and takes the cube of its speed less") {
  device::Heat heat(fan_package(), blocks(), 25);
  const auto none = [](int, double) { return 0.0; };
  double last_c = 0;
  for (const double drive : {1.0, 0.8, 0.5, 0.2, 0.0}) {
    heat.drive(drive);
    CHECK_THAT(heat.cooling_w(), WithinAbs(1.0 * drive * drive * drive, 1e-12));
    heat.begin(heat.steady(kPowers_w, none));
    CHECK(heat.block_c()[0] > last_c);
    last_c = heat.block_c()[0];
  }
}

TEST_CASE("the hottest moment is kept until temperatures start anew") {
  device::Heat heat(fan_package(), blocks(), 25);
  heat.reduce(10e-3);
  for (int i = 0; i < 50; ++i) heat.step(10e-3, kPowers_w);
  const double peak_c = heat.hottest_c();
  const auto block_c = heat.block_c();
  const auto hottest = std::max_element(block_c.begin(), block_c.end()) - block_c.begin();
  CHECK(heat.hottest_block() == heat.model().floorplan().blocks[static_cast<std::size_t>(hottest)].name);
  for (int i = 0; i < 50; ++i) heat.step(10e-3, std::vector<double>(4, 0.0));
  CHECK(heat.hottest_c() == peak_c);
  CHECK(*std::max_element(heat.block_c().begin(), heat.block_c().end()) < peak_c - 1);
  CHECK_THAT(heat.model().max_cell_c(heat.hottest_state()), WithinAbs(peak_c, 2.0));
  heat.begin_at_ambient();
  CHECK_THAT(heat.hottest_c(), WithinAbs(25, 1e-3));
}

TEST_CASE("a package that cannot be reduced is stepped in full, and says why") {
  thermal::PackageConfig package = fan_package();
  for (thermal::BodyConfig& body : package.bodies)
    if (body.bottom) body.bottom->heat_capacity_j_k = 1e9;  // time constants of months beside microseconds
  package.bodies.front().layers.front().thickness_m = 1;
  device::Heat full(package, blocks(), 25), asked(package, blocks(), 25);
  asked.reduce(10e-3);
  CHECK_FALSE(asked.reduced());
  CHECK_THAT(asked.unreduced_reason(), kiln::testing::contains("a reduced thermal model"));
  for (int i = 0; i < 20; ++i) {
    const double drive = i < 10 ? 1.0 : 0.4;
    full.drive(drive);
    asked.drive(drive);
    full.step(10e-3, kPowers_w);
    asked.step(10e-3, kPowers_w);
  }
  for (std::size_t b = 0; b < kPowers_w.size(); ++b) CHECK(full.block_c()[b] == asked.block_c()[b]);
  CHECK(asked.hottest_state().x.size() == full.hottest_state().x.size());
}

TEST_CASE("stacks too tall for factors are refused where coolant makes them needed, with what to lower") {
  thermal::PackageConfig package = fan_package();
  package.grid.nx = package.grid.ny = 40;
  for (thermal::BodyConfig& body : package.bodies)
    if (body.name == "soc") body.layers.front().divisions = 300;
  CHECK_NOTHROW(device::Heat(package, blocks(), 25));
  for (thermal::BodyConfig& body : package.bodies)
    if (body.name == "soc")
      body.layers.back().channels = thermal::ChannelsConfig{.count = 10, .flow_m3_s = 1e-6};
  CHECK_THROWS_WITH(device::Heat(package, blocks(), 25),
                    kiln::testing::contains("lower the layers' divisions"));
}
