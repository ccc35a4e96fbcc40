// SPDX-License-Identifier: MIT
// Devices on a face and materials that follow temperature, coupled to the network.
#include <cmath>

#include "base/error.h"
#include "stack.h"
#include "support/catch.h"
#include "thermal/cooled_model.h"
#include "thermal/cooling.h"
#include "thermal/material_feedback.h"

using namespace kiln;
using namespace kiln::test;
using Catch::Matchers::WithinAbs;
using Catch::Matchers::WithinRel;

namespace {

/// A lidded die on a board that carries little heat; the lid's top is free for a device.
thermal::PackageConfig free_lid() {
  thermal::PackageConfig package = one_body(
      {layer("soc", "silicon", 300e-6, 1, true), layer("lid", "copper", 1e-3)}, coefficient(1.0), 4, 4);
  package.bodies[0].top.reset();
  package.bodies[0].bottom = resistance(20.0);
  return package;
}

const thermal::Floorplan kDie = checkerboard(2, 2, 10e-3, 10e-3);

std::vector<double> watts(double total) {
  return std::vector<double>(4, total / 4.0);
}

}  // namespace

TEST_CASE(
    "a bath holds the die near its boiling point until the critical heat flux, past it the die shoots up") {
  const thermal::ThermalModel model(free_lid(), kDie, 25.0);
  thermal::DeviceConfig device;
  device.kind = thermal::DeviceKind::bath;
  device.body = "stack";
  thermal::CooledModel wet(model, device);
  const thermal::State below = wet.steady(watts(12.0));  // 12 W/cm2 of 15
  CHECK(wet.books().branch_changes == 0);
  CHECK(wet.books().face_c < device.bath.saturation_c + 20.0);
  CHECK(wet.steady_balance(below, watts(12.0)).relative() < 1e-9);
  thermal::CooledModel dry(model, device);
  const thermal::State above = dry.steady(watts(30.0));
  CHECK(dry.books().branch_changes == 1);
  CHECK(model.block_mean_c(above, 0) > model.block_mean_c(below, 0) + 200.0);
}

TEST_CASE(
    "a PCM slab holds the face at its plateau for a while and then lets go; heat is conserved all along") {
  const thermal::ThermalModel model(free_lid(), kDie, 25.0);
  thermal::DeviceConfig device;
  device.kind = thermal::DeviceKind::pcm;
  device.body = "stack";
  device.pcm.thickness_m = 2e-3;
  device.pcm.mass_kg = 5e-3;
  thermal::CooledModel with(model, device);
  thermal::State cooled = model.ambient_state(), bare = model.ambient_state();
  double plateau_s = 0.0;
  for (int i = 0; i < 600; ++i) {
    with.step(cooled, 0.5, watts(8.0));
    model.step(bare, 0.5, watts(8.0));
    CHECK(with.balance(cooled).relative() < 1e-6);
    if (std::abs(with.books().face_c - device.pcm.melting_c) < 8.0) plateau_s += 0.5;
  }
  CHECK(plateau_s > 30.0);
  CHECK(plateau_s < 300.0);
  CHECK(model.block_mean_c(cooled, 0) > 70.0);  // molten through: no help any more
  CHECK(model.block_mean_c(cooled, 0) < model.block_mean_c(bare, 0));
}

TEST_CASE("a TEC cools best at one current, charges its power, and heats the die when it is off") {
  const thermal::ThermalModel model(free_lid(), kDie, 25.0);
  thermal::DeviceConfig device;
  device.kind = thermal::DeviceKind::cooler;
  device.body = "stack";
  const auto die_c = [&](double current_a, double& electrical_w) {
    device.thermoelectric.current_a = current_a;
    thermal::CooledModel cooled(model, device);
    const thermal::State state = cooled.steady(watts(20.0));
    CHECK(cooled.steady_balance(state, watts(20.0)).relative() < 1e-9);
    electrical_w = cooled.books().electrical_w;
    return model.block_mean_c(state, 0);
  };
  double off_w = 0.0, good_w = 0.0, over_w = 0.0;
  const double off_c = die_c(0.0, off_w), good_c = die_c(4.0, good_w), over_c = die_c(9.0, over_w);
  CHECK(off_w == 0.0);
  CHECK(good_w > 10.0);
  CHECK(over_w > 2.0 * good_w);
  CHECK(good_c < off_c - 30.0);
  CHECK(over_c > good_c);
}

TEST_CASE("a generator delivers at most a few percent and makes the die hotter than a plain sink would") {
  const thermal::ThermalModel model(free_lid(), kDie, 25.0);
  thermal::DeviceConfig device;
  device.kind = thermal::DeviceKind::generator;
  device.body = "stack";
  thermal::CooledModel harvesting(model, device);
  const thermal::State state = harvesting.steady(watts(20.0));
  const double delivered_w = -harvesting.books().electrical_w;
  CHECK(delivered_w > 0.0);
  CHECK(delivered_w < 0.03 * harvesting.books().heat_w);
  CHECK(harvesting.books().face_c > 25.0 + 0.3 * 20.0 + 10.0);
  CHECK(harvesting.steady_balance(state, watts(20.0)).relative() < 1e-9);
}

TEST_CASE("a cryocooler costs many watts per watt, and cold silicon spreads heat better") {
  thermal::PackageConfig package = free_lid();
  package.bodies[0].layers[0].material = package.bodies[0].layers[1].material = "silicon_of_temperature";
  package.bodies[0].bottom = resistance(1000.0);
  package.device = thermal::DeviceConfig{};
  package.device->kind = thermal::DeviceKind::cryocooler;
  package.device->body = "stack";
  CHECK_THROWS_AS(thermal::ThermalModel(package, kDie, 25.0), base::SimError);  // would be ignored
  const std::vector<double> one_corner{20.0, 0.0, 0.0, 0.0};
  const thermal::ThermalModel warm(package, kDie, 25.0, {}, thermal::Device::outside);
  thermal::CooledModel at_warm(warm, *package.device);
  const thermal::State first = at_warm.steady(one_corner);
  const thermal::ThermalModel cold(package, kDie, 25.0, warm.slab_temperatures_c(first),
                                   thermal::Device::outside);
  thermal::CooledModel at_cold(cold, *package.device);
  const thermal::State second = at_cold.steady(one_corner);
  CHECK(at_cold.books().electrical_w > 5.0 * at_cold.books().heat_w);
  const double warm_spread_k = warm.block_mean_c(first, 0) - warm.block_mean_c(first, 3);
  const double cold_spread_k = cold.block_mean_c(second, 0) - cold.block_mean_c(second, 3);
  CHECK(cold_spread_k < 0.4 * warm_spread_k);
}

TEST_CASE(
    "materials that follow temperature: hotter silicon conducts worse, constant ones need one assembly, "
    "books stay closed") {
  thermal::PackageConfig package =
      one_body({layer("soc", "silicon_of_temperature", 700e-6, 3, true)}, coefficient(20000.0), 3, 3);
  const std::vector<double> power_w = watts(200.0);
  const thermal::ThermalModel at_ambient(package, kDie, 25.0);
  const auto settled = thermal::linearise_at_steady(package, kDie, 25.0, power_w);
  CHECK(settled->block_mean_c(settled->steady(power_w), 0) >
        at_ambient.block_mean_c(at_ambient.steady(power_w), 0) + 1.0);
  thermal::MaterialFeedback feedback(package, kDie, 25.0);
  thermal::State state = feedback.ambient_state();
  for (int i = 0; i < 100; ++i) feedback.step(state, 10e-3, power_w);
  CHECK(feedback.assemblies() > 5);
  CHECK(feedback.balance(state).relative() < 1e-6);
  CHECK_THAT(feedback.model().block_mean_c(state, 0),
             WithinAbs(settled->block_mean_c(settled->steady(power_w), 0), 0.5));
  package.bodies[0].layers[0].material = "silicon";
  thermal::MaterialFeedback constant(package, kDie, 25.0);
  state = constant.ambient_state();
  for (int i = 0; i < 20; ++i) constant.step(state, 10e-3, power_w);
  CHECK(constant.assemblies() == 1);
}

TEST_CASE(
    "a slower fan leaves the die hotter and draws the cube of its speed less; pumps are counted beside it") {
  thermal::PackageConfig package = free_lid();
  package.bodies[0].top = resistance(1.0);
  package.bodies[0].top->forced =
      thermal::ForcedFlowConfig{.speed = 1.0, .full_power_w = 2.0, .still_share = 0.2, .exponent = 0.8};
  const thermal::ThermalModel full(package, kDie, 25.0);
  package.bodies[0].top->forced->speed = 0.5;
  const thermal::ThermalModel half(package, kDie, 25.0);
  const auto rise_k = [](const thermal::ThermalModel& model) {
    return model.max_cell_c(model.steady(watts(10.0))) - 25.0;
  };
  CHECK(rise_k(half) > rise_k(full));
  thermal::PackageConfig plain = free_lid();
  plain.bodies[0].top = resistance(1.0 / package.bodies[0].top->forced->strength());
  CHECK_THAT(rise_k(half), WithinAbs(rise_k(thermal::ThermalModel(plain, kDie, 25.0)), 1e-9));
  CHECK_THAT(thermal::cooling_power_w(full), WithinRel(2.0, 1e-12));
  CHECK_THAT(thermal::cooling_power_w(half), WithinRel(0.25, 1e-12));
  package.bodies[0].layers.insert(package.bodies[0].layers.begin() + 1, layer("channels", "silicon", 200e-6));
  package.bodies[0].layers[1].channels = thermal::ChannelsConfig{.flow_m3_s = 42e-6 / 60.0};
  package.bodies[0].layers[1].channels->count = 20;
  const thermal::ThermalModel wet(package, kDie, 25.0);
  CHECK_THAT(
      thermal::cooling_power_w(wet),
      WithinRel(0.25 + thermal::pump_power_w(*package.bodies[0].layers[1].channels, 200e-6, 10e-3), 1e-12));
}
