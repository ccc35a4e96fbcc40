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
  CHECK(below > 20.0 * config.single_phase_w_m2k * (critical_c - config.liquid_c));
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
  ChannelsConfig channels;
  const double once_w = pump_power_w(channels, 100e-6, 10e-3);
  channels.flow_m3_s *= 2.0;
  CHECK_THAT(pump_power_w(channels, 100e-6, 10e-3), WithinRel(4.0 * once_w, 1e-12));
}
