// SPDX-License-Identifier: MIT
// Materials, channels, convection, boiling, phase change and thermoelectrics by themselves.
#include <cmath>

#include "support/catch.h"
#include "thermal/boiling.h"
#include "thermal/channels.h"
#include "thermal/convection.h"
#include "thermal/material.h"
#include "thermal/pcm.h"
#include "thermal/thermoelectric.h"

using namespace kiln::thermal;
using Catch::Matchers::WithinAbs;
using Catch::Matchers::WithinRel;

TEST_CASE("silicon conducts ten times better and holds a quarter of the heat at 77 K") {
  const Material* silicon = find_material("silicon_of_temperature");
  REQUIRE(silicon != nullptr);
  CHECK_THAT(silicon->in_plane_w_mk(26.85), WithinAbs(148.0, 1e-9));
  CHECK_THAT(silicon->in_plane_w_mk(77.0 - 273.15), WithinRel(1300.0, 0.01));
  CHECK_THAT(silicon->volumetric_heat_j_m3k(77.0 - 273.15), WithinRel(0.42e6, 0.02));
  CHECK(silicon->in_plane_w_mk(100.0) < silicon->in_plane_w_mk(25.0));
  const Material* graphene = find_material("graphene");
  REQUIRE(graphene != nullptr);
  CHECK(graphene->in_plane_w_mk(25.0) > 50.0 * graphene->through_w_mk(25.0));
  CHECK(find_material("unobtainium") == nullptr);
}

TEST_CASE("fan laws: conductance rises with speed, power with its cube; a stopped fan still convects") {
  ForcedFlowConfig fan{.speed = 1.0, .full_power_w = 2.0, .still_share = 0.16, .exponent = 0.8};
  CHECK_THAT(fan.strength(), WithinAbs(1.0, 1e-12));
  fan.speed = 0.5;
  CHECK_THAT(fan.strength(), WithinAbs(0.16 + 0.84 * std::pow(0.5, 0.8), 1e-12));
  CHECK_THAT(fan.power_w(), WithinAbs(0.25, 1e-12));
  fan.speed = 0.0;
  CHECK_THAT(fan.strength(), WithinAbs(0.16, 1e-12));
}

TEST_CASE("air: natural convection and radiation of a warm lid are a few W/m2K each; a draught gives more") {
  const double natural = natural_convection_w_m2k(20.0, 0.1);
  CHECK(natural > 4.0);
  CHECK(natural < 10.0);
  CHECK_THAT(radiation_w_m2k(45.0, 25.0, 0.9), WithinAbs(6.0, 0.3));
  CHECK(forced_convection_w_m2k(3.0, 0.06) > 2.0 * natural);
}

TEST_CASE(
    "a two-phase bath cools far better until the critical heat flux, then its coefficient collapses and "
    "stays") {
  const BathConfig config;
  Bath bath(config);
  const double critical_c = config.saturation_c + bath.critical_superheat_k();
  const double below = bath.flux_w_m2(critical_c - 1.0);
  CHECK(below > 0.5 * config.critical_flux_w_m2);
  CHECK(below > 20.0 * config.single_phase_w_m2k * (critical_c - config.liquid.value));
  CHECK_FALSE(bath.settle(critical_c - 1.0));
  CHECK(bath.settle(critical_c + 2.0));
  CHECK(bath.dry());
  CHECK(bath.flux_w_m2(critical_c) < 0.1 * below);
  // To carry the critical flux through the film the wall would have to be hundreds of kelvin hotter: no way
  // back above rewetting.
  CHECK_FALSE(bath.settle(config.saturation_c + 1.1 * config.rewet_flux_w_m2 / config.film_w_m2k));
  CHECK(bath.settle(config.saturation_c + 0.9 * config.rewet_flux_w_m2 / config.film_w_m2k));
  CHECK_FALSE(bath.dry());
}

TEST_CASE("the boiling curve grows with wall temperature and has no step at its onset") {
  const BathConfig config;
  const Bath bath(config);
  double before = bath.flux_w_m2(40.0);
  for (double wall_c = 40.05; wall_c < config.saturation_c + bath.critical_superheat_k(); wall_c += 0.05) {
    const double now = bath.flux_w_m2(wall_c);
    CHECK(now > before);
    CHECK(now - before < 0.05 * config.critical_flux_w_m2);
    before = now;
  }
}

TEST_CASE("a PCM slab takes up its latent heat, gives it back on freezing, and loses none on the way") {
  PcmConfig config;
  PcmSlab slab(config, 25.0);
  double taken_j = 0.0;
  for (int i = 0; i < 3000; ++i) taken_j += slab.advance(74.0, 1.0);
  CHECK_THAT(slab.melted_share(), WithinAbs(1.0, 1e-6));
  CHECK_THAT(taken_j, WithinRel(slab.stored_j(), 1e-9));
  CHECK_THAT(taken_j, WithinRel(0.02 * (200e3 + 2000.0 * 49.0), 1e-3));
  for (int i = 0; i < 5000; ++i) taken_j += slab.advance(25.0, 1.0);
  CHECK_THAT(slab.melted_share(), WithinAbs(0.0, 1e-6));
  CHECK_THAT(taken_j, WithinAbs(0.0, 0.01 * 0.02 * 200e3));
}

TEST_CASE("a TEC that is off, or over-driven, makes the cold side hotter than the best current does") {
  const auto module = ThermoelectricModule::from_ratings(300.0, 66.0, 14.4, 6.4);
  const double best_a = coldest_current_a(module, 20.0, 0.3, 25.0);
  const double best_c = operate(module, best_a, 20.0, 0.3, 25.0).cold_c;
  CHECK(operate(module, 0.0, 20.0, 0.3, 25.0).cold_c > best_c + 50.0);
  CHECK(operate(module, 2.0 * best_a, 20.0, 0.3, 25.0).cold_c > best_c + 10.0);
  // Off, it is worse than no module at all: a bare 0.3 K/W sink would hold 31 degC.
  CHECK(operate(module, 0.0, 20.0, 0.3, 25.0).cold_c > 25.0 + 20.0 * 0.3 + 30.0);
}

TEST_CASE("pump power follows flow squared in laminar channels") {
  ChannelsConfig channels{.flow_m3_s = 42e-6 / 60.0};
  const double once_w = pump_power_w(channels, 100e-6, 10e-3);
  *channels.flow_m3_s *= 2.0;
  CHECK_THAT(pump_power_w(channels, 100e-6, 10e-3), WithinRel(4.0 * once_w, 1e-12));
}

TEST_CASE("a given pressure drives the flow that laminar friction lets pass, in proportion") {
  ChannelsConfig driven{.pressure_pa = 20e3};
  const double flow_m3_s = flow_now_m3_s(driven, 100e-6, 10e-3);
  ChannelsConfig given{.flow_m3_s = flow_m3_s};
  CHECK_THAT(pressure_drop_pa(given, 100e-6, 10e-3), WithinRel(20e3, 1e-12));
  CHECK_THAT(pump_power_w(driven, 100e-6, 10e-3), WithinRel(20e3 * flow_m3_s / 0.5, 1e-12));
  driven.pressure_pa = 40e3;
  CHECK_THAT(flow_now_m3_s(driven, 100e-6, 10e-3), WithinRel(2.0 * flow_m3_s, 1e-12));
  CHECK_THAT(flow_now_m3_s(driven, 100e-6, 20e-3), WithinRel(flow_m3_s, 1e-12));
  // Square ducts: f Re = 14.227 (Shah & London 1978), so dp = 2 x 14.227 mu v L / D^2.
  const double velocity_m_s = 20e3 * 100e-6 * 100e-6 / (2 * 14.227 * 8.89e-4 * 10e-3);
  CHECK_THAT(flow_m3_s / (50 * 100e-6 * 100e-6), WithinRel(velocity_m_s, 2e-3));
  CHECK_THAT(reynolds_number(given, 100e-6, 10e-3), WithinRel(997 * velocity_m_s * 100e-6 / 8.89e-4, 2e-3));
}

TEST_CASE("FC-72: Zuber's critical flux, Rohsenow's boiling and Churchill & Chu's convection") {
  const DielectricConfig fc72;
  // 0.131 x 84970 x 13.4^0.5 x (8.35e-3 x 9.81 x 1580.6)^0.25
  CHECK_THAT(critical_flux_w_m2(fc72), WithinRel(137.5e3, 0.002));
  // Pr = 9.013; 4.4e-4 x 84970 x (9.81 x 1580.6 / 8.35e-3)^0.5 x (1102 / (0.0047 x 84970 x 9.013^1.7))^3
  CHECK_THAT(fc72.prandtl(), WithinRel(9.013, 1e-3));
  CHECK_THAT(nucleate_boiling_w_m2k3(fc72), WithinRel(14.4, 0.01));
  // Ra = 9.81 x 1.6e-3 x 30 x 0.05^3 / (2.760e-7 x 3.063e-8) = 6.96e9, Nu = 284
  CHECK_THAT(natural_convection_w_m2k(fc72, 30.0), WithinRel(306.0, 0.01));
  // Turbulent: Nu ~ Ra^1/3, so the coefficient does not depend on the height.
  DielectricConfig tall = fc72;
  tall.plate_height_m = 0.5;
  CHECK_THAT(natural_convection_w_m2k(tall, 30.0), WithinRel(natural_convection_w_m2k(fc72, 30.0), 0.12));
}

TEST_CASE(
    "a bath takes its coefficients from the liquid, and its temperature from the room if it follows it") {
  BathConfig config;
  config.dielectric.emplace();
  config.liquid = kiln::config::AmbientTemperature::above_ambient(10);
  config.two_phase = false;
  Bath bath(config, 25.0);
  CHECK_THAT(bath.flux_w_m2(65.0),
             WithinRel(30.0 * natural_convection_w_m2k(*config.dielectric, 30.0), 1e-12));
  bath.set_ambient(45.0);
  CHECK_THAT(bath.flux_w_m2(85.0),
             WithinRel(30.0 * natural_convection_w_m2k(*config.dielectric, 30.0), 1e-12));
  config.two_phase = true;
  config.liquid = kiln::config::AmbientTemperature::fixed(56.6);
  const Bath boiling(config);
  CHECK_THAT(boiling.critical_superheat_k(), WithinRel(std::cbrt(137.5e3 / 14.4), 0.005));
}
