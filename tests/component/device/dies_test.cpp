// SPDX-License-Identifier: MIT
// Dies of one package: the linear network's closed forms.
#include <cmath>

#include "component/thermal/stack.h"
#include "config/load.h"
#include "device/heated_package.h"
#include "support/catch.h"

using namespace kiln;
using Catch::Matchers::WithinAbs;
using Catch::Matchers::WithinRel;

namespace {

constexpr double kAmbient_c = 25, kDie_m = 8e-3;

thermal::Floorplan numbered_die(int number) {
  thermal::Floorplan floorplan;
  const std::string layer = fmt::format("soc_{}", number);
  floorplan.blocks = {
      {.name = "left", .width_m = kDie_m / 2, .height_m = kDie_m, .body = layer},
      {.name = "right", .x_m = kDie_m / 2, .width_m = kDie_m / 2, .height_m = kDie_m, .body = layer}};
  return floorplan;
}

thermal::BodyConfig die_body(int number) {
  thermal::BodyConfig body;
  body.name = fmt::format("die_{}", number);
  body.layers = {test::layer(fmt::format("soc_{}", number), "silicon", 300e-6, 1, true)};
  return body;
}

/// Two dies, so far apart, on one spreader that is cooled from the top.
experiment::ExperimentConfig two_dies(double gap_m) {
  experiment::ExperimentConfig experiment;
  experiment.environment.ambient_c = kAmbient_c;
  thermal::PackageConfig& package = experiment.soc.package;
  package.name = "two";
  package.bodies = {die_body(0), die_body(1)};
  package.bodies[1].beside = "die_0";
  package.bodies[1].gap_m = gap_m;
  thermal::BodyConfig spreader;
  spreader.name = "spreader";
  spreader.on = {"die_0", "die_1"};
  spreader.covers = spreader.on;
  spreader.margin_m = 2e-3;
  spreader.layers = {test::layer("spreader", "copper", 1e-3)};
  spreader.top = test::coefficient(2000);
  package.bodies.push_back(spreader);
  package.grid.nx = package.grid.ny = 8;
  return experiment;
}

device::HeatedPackage package_of(const experiment::ExperimentConfig& experiment) {
  return device::HeatedPackage(experiment, {numbered_die(0), numbered_die(1)});
}

/// Rises of all four blocks after so long under these powers.
std::vector<double> rises_k(const experiment::ExperimentConfig& experiment,
                            const std::vector<double>& block_w, double time_s) {
  device::HeatedPackage package(experiment, {numbered_die(0), numbered_die(1)});
  package.begin(package.cold());
  for (int i = 0; i < 20; ++i) package.warm(time_s / 20, block_w);
  CHECK(package.heat().balance().relative() < thermal::HeatBalance::kTolerance);
  double given_j = 0;
  for (const double watts : block_w) given_j += watts * time_s;
  CHECK_THAT(package.heat().balance().in, WithinRel(given_j, 1e-9));
  std::vector<double> rises;
  for (const double c : package.heat().block_c()) rises.push_back(c - kAmbient_c);
  return rises;
}

}  // namespace

TEST_CASE("a die is warmed by the other, and rises of both are the sum of rises by each alone") {
  const experiment::ExperimentConfig experiment = two_dies(1e-3);
  for (const double time_s : {0.02, 0.5, 1e4}) {
    const auto first = rises_k(experiment, {3, 1, 0, 0}, time_s);
    const auto second = rises_k(experiment, {0, 0, 2, 5}, time_s);
    const auto both = rises_k(experiment, {3, 1, 2, 5}, time_s);
    CHECK(first[2] > 0);
    CHECK(first[2] > first[3]);  // the idle die's near half is warmer
    CHECK(first[0] > first[2]);
    for (std::size_t b = 0; b < both.size(); ++b)
      CHECK_THAT(both[b], WithinAbs(first[b] + second[b], 0.02 + 2e-3 * both[b]));
  }
}

TEST_CASE("equal dies that mirror each other have equal temperatures") {
  const auto rises = rises_k(two_dies(1e-3), {3, 1, 1, 3}, 100);
  CHECK_THAT(rises[0], WithinRel(rises[3], 1e-6));
  CHECK_THAT(rises[1], WithinRel(rises[2], 1e-6));
  // What one watt here makes there, one watt there makes here.
  const auto here = rises_k(two_dies(1e-3), {1, 0, 0, 0}, 1e4);
  const auto there = rises_k(two_dies(1e-3), {0, 0, 0, 1}, 1e4);
  CHECK_THAT(here[3], WithinRel(there[0], 1e-3));
}

TEST_CASE("dies that share nothing but the room are two packages") {
  experiment::ExperimentConfig apart = two_dies(0.5);
  thermal::PackageConfig& package = apart.soc.package;
  package.bodies.pop_back();
  for (thermal::BodyConfig& body : package.bodies) body.top = test::coefficient(2000);
  experiment::ExperimentConfig alone = apart;
  alone.soc.package.bodies.pop_back();
  const auto rises = rises_k(apart, {3, 1, 0, 0}, 0.5);
  device::HeatedPackage one(alone, {numbered_die(0)});
  one.begin(one.cold());
  for (int i = 0; i < 20; ++i) one.warm(0.5 / 20, std::vector<double>{3, 1});
  for (std::size_t b = 0; b < 2; ++b) {
    CHECK_THAT(rises[b], WithinAbs(one.heat().block_c()[b] - kAmbient_c, 0.02));
    CHECK_THAT(rises[2 + b], WithinAbs(0, 1e-9));
  }
}

TEST_CASE("a fan that several dies ask for does the most that one asks") {
  experiment::ExperimentConfig experiment = two_dies(1e-3);
  experiment.soc.package.bodies.back().top->forced = thermal::ForcedFlowConfig{};
  device::HeatedPackage package = package_of(experiment);
  package.begin(package.cold());
  package.drive(0, 0.5);
  CHECK(package.heat().drive() == 1);  // the other has not asked for less
  package.drive(1, 0.2);
  CHECK(package.heat().drive() == 0.5);
  package.drive(0, 0.1);
  CHECK_THAT(package.heat().drive(), WithinAbs(0.2, 1e-12));
  package.drive(1, 1);
  CHECK(package.heat().drive() == 1);
}
