// SPDX-License-Identifier: MIT
// What happens around a package, held against closed forms of one warm body.
#include <cmath>

#include "component/thermal/stack.h"
#include "device/heat.h"
#include "device/timeline.h"
#include "support/catch.h"
#include "thermal/convection.h"
#include "thermal/surroundings.h"

using namespace kiln;
using Catch::Matchers::WithinAbs;
using Catch::Matchers::WithinRel;
using thermal::EventConfig;

namespace {

constexpr double kSide_m = 10e-3;
constexpr double kResistance_k_w = 10.0, kCapacity_j_k = 20.0, kPower_w = 2.0;
constexpr double kForever_s = 1e6;

thermal::Floorplan die() {
  thermal::Floorplan floorplan;
  floorplan.blocks = {{.name = "die", .width_m = kSide_m, .height_m = kSide_m, .body = "soc"}};
  return floorplan;
}

/// A copper block of nearly one temperature behind one resistance to the room.
thermal::PackageConfig block() {
  return test::one_body({test::layer("soc", "copper", 1e-3, 1, true)},
                        test::resistance(kResistance_k_w, kCapacity_j_k), 1, 1);
}

/// From the middle of the block, where its temperature is.
double resistance_k_w(const device::Heat& heat) {
  const std::vector<double> watt = {1.0};
  return heat.model().block_mean_c(heat.model().steady(watt), 0) - heat.model().ambient_c();
}

double settled_c(device::Heat& heat, double power_w) {
  for (int i = 0; i < 3; ++i) heat.step(kForever_s, std::vector<double>{power_w});
  return heat.block_c()[0];
}

EventConfig sun(double irradiance_w_m2) {
  return {
      .sun = thermal::SunEvent{.bodies = {"stack"}, .irradiance_w_m2 = irradiance_w_m2, .absorptivity = 0.5}};
}

EventConfig ambient(double at_s, double to_c, double over_s = 0) {
  return {.at_s = at_s, .ambient = thermal::AmbientEvent{.to_c = to_c, .over_s = over_s}};
}

thermal::DeviceConfig device_on_top(thermal::DeviceKind kind) {
  thermal::DeviceConfig device;
  device.kind = kind;
  device.body = "stack";
  return device;
}

thermal::PackageConfig after(const EventConfig& event, const thermal::PackageConfig& package) {
  thermal::Surroundings around;
  around.happen(event);
  return around.around(package);
}

}  // namespace

TEST_CASE("a ramp of the room is followed as a first-order lag follows it, reduced and in full") {
  for (const bool reduced : {false, true}) {
    device::Heat heat(block(), die(), 25);
    if (reduced) heat.reduce(0.1);
    const double tau_s = resistance_k_w(heat) * heat.model().network().capacity_j_k.sum();
    const double rise_k = kPower_w * resistance_k_w(heat), rate_k_s = 0.05, dt_s = 0.1;
    double time_s = 0;
    for (int i = 0; i < 4000; ++i) {
      heat.set_ambient(25 + rate_k_s * (time_s + dt_s / 2));
      heat.step(dt_s, std::vector<double>{kPower_w});
      time_s += dt_s;
    }
    const double late = 1 - std::exp(-time_s / tau_s);
    INFO("reduced " << reduced);
    CHECK_THAT(heat.block_c()[0], WithinAbs(25 + rate_k_s * (time_s - tau_s * late) + rise_k * late, 0.02));
    CHECK(heat.balance().relative() < 1e-6);
    CHECK_THAT(heat.ambient_c(), WithinAbs(25 + rate_k_s * time_s, 0.01));
  }
}

TEST_CASE("in a room that gets warmer for good all gets as much warmer, but what a chiller holds") {
  thermal::PackageConfig package = block();
  for (const double follows : {1.0, 0.0}) {
    package.bodies[0].top->fluid =
        follows > 0 ? config::AmbientTemperature::above_ambient(5) : config::AmbientTemperature::fixed(30);
    device::Heat heat(package, die(), 25);
    const double before_c = settled_c(heat, kPower_w);
    heat.set_ambient(45);
    CHECK_THAT(settled_c(heat, kPower_w), WithinAbs(before_c + 20 * follows, 1e-6));
  }
}

TEST_CASE("the sun warms by what the face takes up over its way out") {
  device::Heat heat(block(), die(), 25);
  const double before_c = settled_c(heat, kPower_w);
  heat.change_package(after(sun(800), block()));
  const double absorbed_w = 800 * 0.5 * kSide_m * kSide_m;
  // Absorbed on the face itself, outside the block's own half thickness.
  CHECK_THAT(settled_c(heat, kPower_w), WithinAbs(before_c + absorbed_w * kResistance_k_w, 1e-6));
  CHECK(heat.balance().relative() < 1e-6);
  heat.change_package(after(sun(0), block()));
  CHECK_THAT(settled_c(heat, kPower_w), WithinAbs(before_c, 1e-6));
}

TEST_CASE("a cover stands in series, a hand in place of the air") {
  device::Heat heat(block(), die(), 25);
  const double bare_k = settled_c(heat, kPower_w) - 25;
  heat.change_package(after({.cover = thermal::CoverEvent{.bodies = {"stack"},
                                                          .face = thermal::CoveredFace::top,
                                                          .resistance_m2k_w = 0.001}},
                            block()));
  CHECK_THAT(settled_c(heat, kPower_w) - 25,
             WithinAbs(bare_k + kPower_w * 0.001 / (kSide_m * kSide_m), 1e-6));
  heat.change_package(after({.cover = thermal::CoverEvent{.bodies = {"stack"},
                                                          .coefficient_w_m2k = 500.0,
                                                          .fluid = config::AmbientTemperature::fixed(36.8)}},
                            block()));
  const double own_k = bare_k - kPower_w * kResistance_k_w;  // within the block
  CHECK_THAT(settled_c(heat, kPower_w),
             WithinAbs(36.8 + own_k + kPower_w / (500.0 * kSide_m * kSide_m), 1e-6));
}

TEST_CASE("thin air: still air by the root of density beside radiation, blown air by the flow's exponent") {
  // ISO 2533: 50.506 kPa at 5500 m, 101.325 kPa at sea level.
  CHECK_THAT(thermal::air_density_ratio(5500), WithinRel(50.506 / 101.325, 1e-3));
  CHECK_THAT(thermal::air_density_ratio(0), WithinAbs(1, 1e-12));
  const double density = thermal::air_density_ratio(5000);
  const EventConfig up{.altitude = thermal::AltitudeEvent{.height_m = 5000, .radiation_share = 0.4}};
  const double still = 0.4 + 0.6 * std::sqrt(density);
  CHECK_THAT(*after(up, block()).bodies[0].top->resistance_k_w, WithinRel(kResistance_k_w / still, 1e-12));
  thermal::PackageConfig blown = block();
  blown.bodies[0].top->forced =
      thermal::ForcedFlowConfig{.speed = 0.5, .full_power_w = 2.0, .still_share = 0.2, .exponent = 0.8};
  const thermal::BoundaryConfig high = *after(up, blown).bodies[0].top;
  const double expected = 0.2 * still + 0.8 * std::pow(0.5 * density, 0.8);
  CHECK_THAT(high.coefficient_now_w_m2k(1.0) * kResistance_k_w, WithinRel(expected, 1e-12));
  CHECK_THAT(high.forced->power_w(), WithinRel(2.0 * 0.125 * density, 1e-12));
  // Liquid from a chiller does not feel it.
  blown.bodies[0].top->fluid = config::AmbientTemperature::fixed(20);
  CHECK(after(up, blown).bodies[0].top->coefficient_now_w_m2k(1.0) ==
        blown.bodies[0].top->coefficient_now_w_m2k(1.0));
}

TEST_CASE("a fan that fails leaves still air and takes no power, whatever the drive, and works again") {
  thermal::PackageConfig package = block();
  package.bodies[0].top->forced = thermal::ForcedFlowConfig{.full_power_w = 2.0, .still_share = 0.25};
  device::Heat heat(package, die(), 25);
  const double blown_k = settled_c(heat, kPower_w) - 25;
  CHECK_THAT(heat.cooling_w(), WithinRel(2.0, 1e-12));
  thermal::Surroundings around;
  around.happen({.cooling = thermal::CoolingEvent{}});
  heat.change_package(around.around(package));
  for (const double drive : {1.0, 0.3}) {
    heat.drive(drive);
    CHECK_THAT(settled_c(heat, kPower_w) - 25, WithinAbs(blown_k + 3 * kPower_w * kResistance_k_w, 1e-6));
    CHECK(heat.cooling_w() == 0);
    CHECK(heat.drive_now() == 0);
  }
  heat.drive(1.0);
  around.happen({.cooling = thermal::CoolingEvent{.works = true, .bodies = {"stack"}}});
  heat.change_package(around.around(package));
  CHECK_THAT(settled_c(heat, kPower_w) - 25, WithinAbs(blown_k, 1e-6));
  CHECK(heat.balance().relative() < 1e-6);
}

TEST_CASE("a fan that fails while the die is hot is a fan that a policy stops then") {
  thermal::PackageConfig package = block();
  package.bodies[0].top->forced = thermal::ForcedFlowConfig{.full_power_w = 2.0, .still_share = 0.25};
  device::Heat failed(package, die(), 25), stopped(package, die(), 25);
  for (int i = 0; i < 200; ++i) {
    if (i == 80) failed.change_package(after({.cooling = thermal::CoolingEvent{}}, package));
    if (i == 80) stopped.drive(0);
    failed.step(1.0, std::vector<double>{kPower_w});
    stopped.step(1.0, std::vector<double>{kPower_w});
    CHECK(failed.block_c()[0] == stopped.block_c()[0]);
  }
}

TEST_CASE("a device on a face goes on through changes of drive and package") {
  thermal::PackageConfig package = block();
  package.bodies[0].bottom = test::resistance(kResistance_k_w);
  package.bodies[0].bottom->forced = thermal::ForcedFlowConfig{.full_power_w = 1.0, .still_share = 0.5};
  package.bodies[0].top.reset();
  package.device = device_on_top(thermal::DeviceKind::cooler);
  package.device->thermoelectric.current_a = 1.0;
  device::Heat heat(package, die(), 25);
  const std::vector<double> power_w = {kPower_w};
  const auto none = [](int, double) { return 0.0; };
  heat.begin(heat.steady(power_w, none));
  const double cooled_c = heat.block_c()[0];
  heat.drive(0);
  const double off_c = settled_c(heat, kPower_w);
  CHECK(off_c > cooled_c + 5);
  CHECK_THAT(heat.block_c()[0], WithinAbs(heat.steady_means_c(power_w)[0], 0.01));
  CHECK(heat.cooling_w() == 0);
  CHECK(heat.balance().relative() < 1e-6);
  heat.drive(1);
  CHECK_THAT(settled_c(heat, kPower_w), WithinAbs(cooled_c, 0.01));
  heat.change_package(after({.cooling = thermal::CoolingEvent{}}, package));
  CHECK_THAT(settled_c(heat, kPower_w), WithinAbs(off_c, 0.01));
}

TEST_CASE("a room that gets warmer warms the sink behind a device") {
  thermal::PackageConfig package = block();
  package.device = device_on_top(thermal::DeviceKind::generator);
  package.bodies[0].bottom = package.bodies[0].top;
  package.bodies[0].top.reset();
  device::Heat moved(package, die(), 25), warm(package, die(), 45);
  moved.set_ambient(45);
  CHECK_THAT(settled_c(moved, kPower_w), WithinAbs(settled_c(warm, kPower_w), 0.01));
}

TEST_CASE("events come in their order, once, and those at 0 s are so from the start") {
  device::Timeline line({ambient(20, 60, 10), sun(500), ambient(0, 30), ambient(25, 0)}, block(), 25);
  CHECK(line.start_ambient_c() == 30);
  CHECK(line.start_package().bodies[0].top->absorbed_w_m2 == 250);
  CHECK(line.met().size() == 2);
  CHECK(line.next_s(0) == 20);
  CHECK_FALSE(line.pass(19.9));
  CHECK_FALSE(line.pass(20));
  CHECK(line.next_s(20) == 25);
  CHECK_THAT(line.ambient_c(22), WithinAbs(36, 1e-12));
  CHECK_FALSE(line.pass(25));  // the room turns on its way
  CHECK(line.ambient_c(25) == 0);
  CHECK(line.met().size() == 4);
  CHECK(line.next_s(25) > 1e9);
  CHECK_FALSE(line.restart());
  CHECK(line.ambient_c(0) == 30);
  device::Timeline pump({{.at_s = 5, .cooling = thermal::CoolingEvent{}}}, block(), 25);
  CHECK(pump.later_packages().size() == 1);
  CHECK(pump.pass(5));
  CHECK(pump.met().front().cooling_stopped);
  CHECK(pump.restart());
}
