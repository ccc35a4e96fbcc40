// SPDX-License-Identifier: MIT
// Chips as dies of one package: what they do to one another, and that they do nothing where they cannot.
#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "config/load.h"
#include "fleet/bands.h"
#include "fleet/dies.h"
#include "fleet/run.h"
#include "support/catch.h"
#include "thermal/thermal_model.h"

using namespace kiln;
using Catch::Matchers::WithinAbs;
using Catch::Matchers::WithinRel;

namespace {

fleet::FleetConfig shipped(std::vector<std::string> settings) {
  settings.emplace_back("rounds=400");
  return config::load<fleet::FleetConfig>(std::string(KILN_SOURCE_DIR) + "/configs/fleet/two_dies.yaml",
                                          settings)
      .value;
}

/// Each body of the die's own package twice, under names of its own and far apart.
thermal::PackageConfig two_islands(const thermal::PackageConfig& own) {
  thermal::PackageConfig both = own;
  both.bodies.clear();
  for (int die = 0; die < 2; ++die)
    for (thermal::BodyConfig body : own.bodies) {
      const auto rename = [&](std::string& name) {
        if (!name.empty()) name = fleet::layer_of_die(name, die);
      };
      rename(body.name);
      rename(body.beside);
      rename(body.centre_on);
      for (auto* names : {&body.on, &body.covers})
        for (std::string& name : *names) rename(name);
      for (thermal::LayerConfig& layer : body.layers) rename(layer.name);
      // What others are placed by.
      if (die == 1 && body.beside.empty() && body.centre_on.empty() && body.covers.empty())
        body.shift_x_m += 1;
      both.bodies.push_back(body);
    }
  both.skin.reset();
  both.board.reset();
  return both;
}

double end_c(const fleet::Result& result, std::size_t die) {
  return result.devices[die].series.back().hottest_c;
}

}  // namespace

TEST_CASE("dies of one package without a common body are the same devices apart") {
  fleet::FleetConfig together = shipped({"exchange.topology=ring"});
  together.devices[0].quarter_turns.clear();
  fleet::FleetConfig apart = together;
  apart.package.reset();
  together.package = two_islands(together.devices[0].experiment.soc.package);
  // What a link's end draws warms a package of dies, not that of a device apart.
  together.link.power = apart.link.power = {};
  const fleet::Result one = fleet::run_fleet(together, {}), two = fleet::run_fleet(apart, {});
  CHECK_THAT(one.number("round_time_s"), WithinRel(two.number("round_time_s"), 1e-6));
  CHECK_THAT(one.number("peak_temperature_c"), WithinAbs(two.number("peak_temperature_c"), 0.1));
  // The board's own consumers are shared out: the die's own 0.6 W are 0.3 W.
  const double shared_j =
      0.5 * together.devices[0].experiment.soc.board.constant_power_w * one.number("round_time_s");
  CHECK_THAT(one.number("device_energy_j") + shared_j, WithinRel(two.number("device_energy_j"), 2e-3));
  CHECK_THAT(one.number("chip_energy_j"), WithinRel(two.number("chip_energy_j"), 1e-3));
}

TEST_CASE("equal dies turned towards each other are equally hot, and hotter than one alone") {
  const fleet::Result both = fleet::run_fleet(shipped({}), {});
  CHECK_THAT(end_c(both, 0), WithinAbs(end_c(both, 1), 0.02));  // the reduced model is held to 0.05 K
  const auto heat_j = [&](std::size_t die) { return both.devices[die].books.heat_j; };
  CHECK_THAT(heat_j(0), WithinRel(heat_j(1), 1e-4));
  // All that chips, regulators and links draw, and no more, warms the package.
  const double chips_j = 2 * both.number("chip_energy_j"), link_j = 2 * both.number("link_energy_j");
  CHECK(both.number("package_heat_j") > chips_j + link_j);
  CHECK(both.number("package_heat_j") < 2 * both.number("device_energy_j") + link_j);
  CHECK_THAT(both.number("link_heat_j"), WithinRel(link_j, 1e-6));
}

TEST_CASE("equal powers leave equal dies of the shipped package equally hot") {
  fleet::Devices devices(shipped({}), {});
  const auto workers = devices.make_workers();
  const std::size_t blocks = devices.package()->die(1).first;
  std::vector<double> watts;
  for (std::size_t b = 0; b < 2 * blocks; ++b) watts.push_back(0.1 + 0.05 * static_cast<double>(b % blocks));
  const thermal::ThermalModel& model = devices.package()->heat().model();
  const thermal::State state = model.steady(watts);
  for (std::size_t b = 0; b < blocks; ++b) {
    const double here_c = model.block_mean_c(state, static_cast<int>(b));
    const double there_c = model.block_mean_c(state, static_cast<int>(b + blocks));
    INFO(model.floorplan().blocks[b].name);
    // Lines of the grid that are too close to others are left out, from one side.
    CHECK_THAT(here_c, WithinAbs(there_c, 2e-3 * (here_c - model.ambient_c())));
  }
}

TEST_CASE("a die that rests is warmed by the one that works") {
  // Steps without an exchange to wait for.
  fleet::FleetConfig config = shipped({"exchange.local_steps=1000000"});
  fleet::Devices devices(config, {});
  const auto workers = devices.make_workers();
  const double cold_c = devices.device(1).block_c(0);
  double now_s = 0;
  workers[0]->start(now_s, 1 << 20);
  while (now_s < 2) {
    now_s = std::min(workers[0]->next_s(), workers[1]->next_s());
    for (const auto& worker : workers)
      if (worker->next_s() <= now_s) worker->move_on(now_s);
  }
  for (const auto& worker : workers) worker->finish(now_s);
  CHECK(workers[0]->books().steps > 100);
  CHECK(workers[1]->books().steps == 0);
  CHECK(workers[1]->books().time_s == Approx(now_s));
  const auto hottest_c = [&](int die) {
    const auto block_c = devices.device(die).block_c();
    return *std::max_element(block_c.begin(), block_c.end());
  };
  // What it draws itself is a tenth of the other's.
  CHECK(workers[1]->books().heat_j < 0.4 * workers[0]->books().heat_j);
  CHECK(hottest_c(1) - cold_c > 0.3 * (hottest_c(0) - cold_c));
  CHECK(hottest_c(1) < hottest_c(0));
}

TEST_CASE("bands of a fleet's first rounds are those of all of them") {
  fleet::FleetConfig config = shipped({});
  config.rounds = 4000;  // 25 s, in which the dies warm up by 10 K
  fleet::Devices devices(config, {});
  const fleet::Result once = fleet::run_over(config, config.link, devices, {});
  fleet::Result part = once, all = once;
  fleet::add_bands(config, devices, {}, part, 100);
  fleet::add_bands(config, devices, {}, all, 4000);
  CHECK(part.band_rounds == 100);
  CHECK(all.band_rounds == 4000);
  const auto close = [&](const char* key, double from, double share) {
    INFO(key);
    for (const auto end : {&report::Interval::low, &report::Interval::high}) {
      const double a = part.bands.at(key).*end - from, b = all.bands.at(key).*end - from;
      CHECK_THAT(a, WithinRel(b, share));
      CHECK(std::abs(b - (once.number(key) - from)) > 0.05 * std::abs(b));
    }
  };
  close("chip_energy_j", 0, 0.01);
  close("energy_j", 0, 0.01);
  close("peak_temperature_c", once.devices[0].ambient_c, 0.05);
  // All rounds where that is cheap; of many events so many that the first hundred are among them.
  CHECK(fleet::rounds_again(4000, 100'000) == 4000);
  CHECK(fleet::rounds_again(1000, 32'500'000) == 100);
  CHECK(fleet::rounds_again(20, 1'000'000'000) == 20);
  CHECK(fleet::rounds_again(40'000, 6'000'000) == 20'000);
}

TEST_CASE("one battery gives what all dies and their links draw, and ends them together") {
  const fleet::Result mains = fleet::run_fleet(shipped({}), {});
  // Flat and without resistance: charge is energy.
  const std::string flat =
      ", internal_resistance: 0 Ohm, curve: [{charge: 0, voltage: 4 V}, {charge: 1, voltage: 4 V}]}";
  const double full_j = 0.1 * 3600 * 4;
  const fleet::Result fed = fleet::run_fleet(shipped({"battery={capacity: 100 mAh" + flat}), {});
  double drawn_j = 0;
  for (const fleet::DeviceRow& row : fed.devices) drawn_j += row.books.device_j + row.link.total_j();
  CHECK_THAT(fed.number("battery_given_j"), WithinRel(drawn_j, 1e-6));
  CHECK_THAT(1 - fed.number("battery_charge"), WithinRel(drawn_j / full_j, 1e-6));
  CHECK_THAT(fed.number("battery_life_s"), WithinRel(full_j / drawn_j * fed.time_s, 1e-6));
  for (const char* key : {"time_s", "energy_j", "peak_temperature_c"})
    CHECK(fed.number(key) == mains.number(key));
  CHECK_FALSE(mains.has("battery_charge"));

  const double half_j = drawn_j / 2;
  const fleet::Result ended =
      fleet::run_fleet(shipped({fmt::format("battery={{capacity: {} mAh", half_j / 4 / 3.6) + flat}), {});
  CHECK(ended.validity.invalid());
  CHECK(ended.validity.findings[0].code == "device_ended");
  CHECK(ended.number("battery_charge") < 0.01);
  CHECK_THAT(ended.time_s, WithinRel(mains.time_s / 2, 0.02));
  for (const fleet::DeviceRow& row : ended.devices)
    CHECK_THAT(row.books.steps, WithinRel(mains.devices[0].books.steps / 2, 0.03));
}

TEST_CASE("a message of a minute warms its dies for a minute") {
  // 13 MiB over a radio: most of the time the dies idle, and their radios send.
  fleet::FleetConfig slow =
      shipped({"link=" + std::string(KILN_SOURCE_DIR) + "/configs/parts/link/ble5_2m.yaml"});
  slow.rounds = 20;
  fleet::FleetConfig fast = shipped({});
  fast.rounds = 20;
  const fleet::Result idling = fleet::run_fleet(slow, {}), training = fleet::run_fleet(fast, {});
  CHECK(idling.number("round_time_s") > 100 * training.number("round_time_s"));
  CHECK(idling.number("peak_temperature_c") < training.number("peak_temperature_c") + 3);
  CHECK_THAT(idling.number("link_heat_j"), WithinRel(2 * idling.number("link_energy_j"), 1e-6));
}

TEST_CASE("a die in the worse place is throttled and holds up the other") {
  // Its TIM is ten times as bad, and a policy acts on what its sensors read.
  const std::vector<std::string> policy = {
      "devices.0.experiment.governor.policies=[{kind: step_wise, period: 20 ms, step_wise: {trip: 42 degC, "
      "hysteresis: 1 K}}]",
      "rounds=3000"};
  std::vector<std::string> worse = policy;
  worse.emplace_back("package.bodies.soc_1.layers.bulk_1.thickness=1.5 mm");
  worse.emplace_back("package.materials.bad={conductivity: 2 W/mK, heat_capacity: 1.6e6 J/m3K}");
  worse.emplace_back("package.bodies.soc_1.layers.bulk_1.material=bad");
  fleet::FleetConfig good = shipped(policy), bad = shipped(worse);
  good.rounds = bad.rounds = 3000;
  const fleet::Result even = fleet::run_fleet(good, {}), uneven = fleet::run_fleet(bad, {});
  CHECK(uneven.devices[1].books.throttled_s > 2 * uneven.devices[0].books.throttled_s);
  CHECK(uneven.number("round_time_s") > 1.02 * even.number("round_time_s"));
  CHECK(uneven.devices[0].books.training_s < 0.98 * uneven.devices[1].books.training_s);
}

TEST_CASE("turned dies keep their blocks, and four quarter turns are none") {
  thermal::Floorplan floorplan;
  floorplan.blocks = {{.name = "a", .width_m = 3e-3, .height_m = 1e-3, .body = "soc"},
                      {.name = "b", .y_m = 1e-3, .width_m = 2e-3, .height_m = 4e-3, .body = "soc"},
                      {.name = "m", .x_m = 1e-3, .width_m = 5e-3, .height_m = 2e-3, .body = "hbm"}};
  const auto half = fleet::placed(floorplan, 1, 2);
  CHECK(half.blocks[0].body == "soc_1");
  CHECK(half.blocks[2].body == "hbm_1");
  CHECK(half.blocks[0].x_m == Approx(0).margin(1e-12));
  CHECK(half.blocks[0].y_m == Approx(4e-3));
  CHECK(half.blocks[1].x_m == Approx(1e-3));
  CHECK(half.blocks[1].y_m == Approx(0).margin(1e-12));
  const auto quarter = fleet::placed(floorplan, 0, 1);
  CHECK(quarter.blocks[0].width_m == 1e-3);
  CHECK(quarter.blocks[0].x_m == Approx(4e-3));
  CHECK(quarter.blocks[0].y_m == Approx(0).margin(1e-12));
  for (int turns = 0; turns < 4; ++turns) {
    const auto turned = fleet::placed(floorplan, 0, turns);
    thermal::check_no_overlap(turned);
    for (const char* body : {"soc_0", "hbm_0"}) {
      const auto box = thermal::bounding_box(turned, body),
                 own = thermal::bounding_box(floorplan, std::string(body, 3));
      CHECK(box.area_m2() == Approx(own.area_m2()));
      CHECK(box.x0_m == Approx(own.x0_m).margin(1e-12));
    }
  }
}
