// SPDX-License-Identifier: MIT
// Load line, regulator tree, battery and clock stretching; the droop's closed form is checked in
// tests/reference/pdn.
#include <cmath>
#include <complex>

#include "base/error.h"
#include "pdn/adaptive_clock.h"
#include "pdn/battery.h"
#include "pdn/delivery.h"
#include "pdn/rail.h"
#include "pdn/ride_through.h"
#include "support/catch.h"
#include "support/rail_step.h"

using namespace kiln;
using Catch::Matchers::WithinAbs;
using Catch::Matchers::WithinRel;

TEST_CASE("a settled rail loses the load line and every series resistance") {
  pdn::RailConfig config;
  config.load_line_ohm = 0.5e-3;
  const pdn::Rail rail(config);
  const double settled_v = rail.die_voltage_v(rail.settled(20.0));
  CHECK_THAT(settled_v, WithinAbs(0.8 - 20.0 * rail.static_resistance_ohm(), 1e-12));
  testing::RailSamples held(rail, 20.0, 20.0, 1e-6);
  held.step();
  CHECK_THAT(held.voltage_v(), WithinAbs(settled_v, 1e-9));
}

TEST_CASE(
    "droop grows with the current step and shrinks with die capacitance; a slow trace droops less than a "
    "step") {
  pdn::RailConfig config;
  const pdn::Rail rail(config);
  const auto small = testing::droop_after_step(rail, 2.0, 4.0, 200e-9, 50e-12),
             large = testing::droop_after_step(rail, 2.0, 12.0, 200e-9, 50e-12);
  CHECK(large.lowest_v < small.lowest_v);
  config.stages.back().capacitance_f *= 4.0;
  CHECK(testing::droop_after_step(pdn::Rail(config), 2.0, 12.0, 200e-9, 50e-12).lowest_v > large.lowest_v);
  std::vector<pdn::LoadChange> ramp;
  for (int i = 0; i <= 100; ++i) ramp.push_back({100e-9 * i, 2.0 + 0.1 * i});
  CHECK(pdn::ride_through(rail, ramp, 10.1e-6).lowest_v > large.lowest_v);
  CHECK_THROWS_AS(pdn::Rail(pdn::RailConfig{.stages = {}}), base::SimError);
}

TEST_CASE("steps of a load sum up by time, those at one time to one change") {
  const std::vector<pdn::LoadChange> load =
      pdn::summed({{5e-9, -2, -7}, {1e-9, 2, 7}, {5e-9, 3, 1}, {0, 1, 0}}, {0, 10, 4});
  const std::vector<pdn::LoadChange> expected = {{0, 11, 4}, {1e-9, 13, 11}, {5e-9, 14, 5}};
  CHECK((load == expected));
  CHECK(pdn::summed({}, {0, 10, 4}).size() == 1);
}

TEST_CASE("the impedance seen by the die falls to the static resistance at low frequency") {
  const pdn::Rail rail{pdn::RailConfig{}};
  CHECK_THAT(rail.impedance_ohm(1.0), WithinRel(rail.static_resistance_ohm(), 1e-3));
  CHECK(rail.impedance_peak(1e5, 1e9).impedance_ohm > 2.0 * rail.static_resistance_ohm());
}

TEST_CASE("stretching the clock raises the lowest voltage and costs cycles") {
  const pdn::Rail rail{pdn::RailConfig{}};
  const std::vector<pdn::LoadChange> load{{0, 2}, {10e-9, 90}};
  const pdn::AdaptiveClockConfig off{.threshold_share = 0.5, .stretch = 0.2, .latency_s = 1e-9},
      on{.threshold_share = 0.005, .stretch = 0.2, .latency_s = 0.2e-9};
  const auto fixed = pdn::ride_through(rail, off, load, 400e-9);
  const auto stretched = pdn::ride_through(rail, on, load, 400e-9);
  CHECK(fixed.stretched_s == 0.0);
  CHECK_THAT(fixed.lowest_v, WithinAbs(pdn::ride_through(rail, load, 400e-9).lowest_v, 1e-12));
  CHECK(stretched.stretched_s > 0.0);
  CHECK(stretched.lowest_v > fixed.lowest_v);
  CHECK_THAT(stretched.lost_share, WithinRel(0.2 * stretched.stretched_s / 400e-9, 1e-9));
}

TEST_CASE("the modes of a rail are what matrix exponentials say, for one stage and for several") {
  pdn::RailConfig config;
  const int stages = GENERATE_COPY(1, 2, static_cast<int>(config.stages.size()));
  config.stages.erase(config.stages.begin(), config.stages.end() - stages);
  const pdn::Rail rail(config);
  testing::RailSamples samples(rail, 3, 28, 0.7e-9);
  for (int i = 1; i <= 400; ++i) {
    samples.step();
    double away_v = 0;
    for (const pdn::RailMode& mode : rail.modes())
      away_v += 25 * (mode.volts_per_ampere * std::exp(mode.pole * (0.7e-9 * i))).real();
    CHECK_THAT(samples.voltage_v(), WithinAbs(rail.die_voltage_v(rail.settled(28)) + away_v, 1e-9));
  }
}

TEST_CASE("a rail rides through one rise as through a step, and through rises far apart as through one") {
  const pdn::Rail rail{pdn::RailConfig{}};
  const double step_v = testing::droop_after_step(rail, 2, 40, 2e-6, 1e-9).lowest_v;
  const std::vector<pdn::LoadChange> once{{0, 2}, {5e-9, 40}};
  CHECK_THAT(pdn::ride_through(rail, once, 2e-6).lowest_v, WithinAbs(step_v, 1e-9));
  std::vector<pdn::LoadChange> often{{0, 2}};
  for (int i = 0; i < 4; ++i) {
    often.push_back({400e-6 * i + 5e-9, 40});
    often.push_back({400e-6 * i + 200e-6, 2});
  }
  CHECK_THAT(pdn::ride_through(rail, often, 1.6e-3).lowest_v, WithinAbs(step_v, 1e-6));
  CHECK(pdn::largest_rise_a(often) == 38);
}

TEST_CASE(
    "tasks that start one after another droop less than together, and rises at the rail's resonance more") {
  const pdn::Rail rail{pdn::RailConfig{}};
  const auto staggered = [&](double apart_s) {
    std::vector<pdn::LoadChange> load{{0, 2}};
    for (int i = 0; i < 8; ++i) load.push_back({1e-9 + apart_s * i, 2.0 + 5 * (i + 1)});
    return pdn::ride_through(rail, load, 4e-6).lowest_v;
  };
  CHECK(staggered(7e-9) > staggered(0));
  CHECK(staggered(50e-9) > staggered(0));
  const double period_s = 1 / rail.impedance_peak(2e7, 5e8).frequency_hz;
  std::vector<pdn::LoadChange> resonant{{0, 2}};
  for (int i = 0; i < 8; ++i) {
    resonant.push_back({1e-9 + period_s * i, 40});
    resonant.push_back({1e-9 + period_s * (i + 0.5), 2});
  }
  CHECK(pdn::ride_through(rail, resonant, 2e-6).lowest_v <
        testing::droop_after_step(rail, 2, 40, 2e-6, 1e-9).lowest_v);
}

TEST_CASE("a load's largest rise is that of changes within a few nanoseconds") {
  const std::vector<pdn::LoadChange> load{{0, 1}, {1e-9, 3}, {3e-9, 6}, {20e-9, 10}, {30e-9, 2}};
  CHECK(pdn::largest_rise_a(load) == 5);
}

TEST_CASE("efficiency is poor at light load, best in between; the tree's losses add up") {
  const pdn::RegulatorConfig core{"core", "", 0.8, 0.1, 0.03, 1e-3, true};
  CHECK(core.efficiency(0.2) < 0.7);
  CHECK(core.efficiency(8.0) > 0.9);
  CHECK(core.efficiency(8.0) > core.efficiency(80.0));
  const pdn::Delivery delivery{pdn::DeliveryConfig{}};
  const auto stages = delivery.deliver({.core_w = 20, .memory_w = 3, .other_w = 2, .board_w = 5}, 0.8);
  double losses = 0;
  for (const pdn::StageUse& stage : stages) losses += stage.loss_w;
  CHECK_THAT(delivery.input_w(stages), WithinRel(30.0 + losses, 1e-12));
  CHECK(stages[0].output_w > stages[1].output_w);
  CHECK(30.0 / delivery.input_w(stages) > 0.7);
  // The same watts at half the volts are twice the amperes.
  CHECK(delivery.deliver({.core_w = 20}, 0.4)[2].loss_w > 2 * stages[2].loss_w);
}

TEST_CASE("a tree that no current can flow through is refused by the place of its fault") {
  const auto fault = [](auto change) -> std::string {
    pdn::DeliveryConfig config;
    change(config);
    try {
      const pdn::Delivery made(config);
    } catch (const base::SimError& error) {
      return error.what();
    }
    return "";
  };
  using Config = pdn::DeliveryConfig;
  CHECK(fault([](Config&) {}).empty());
  CHECK_THAT(fault([](Config& c) { c.regulators[0].from = "intermediate"; }),
             testing::contains("regulators.0.source: 'bus_converter' feeds itself"));
  CHECK_THAT(fault([](Config& c) { c.regulators[1].from = "bus_convertor"; }),
             testing::contains("regulators.1.source: no regulator is called 'bus_convertor'"));
  CHECK_THAT(fault([](Config& c) { c.regulators[3].name = "io"; }), testing::contains("regulators.4.name"));
  CHECK_THAT(fault([](Config& c) { c.memory = "ddr"; }), testing::contains("memory: no regulator"));
  CHECK_THAT(fault([](Config& c) { c.other = "core"; }), testing::contains("follows the core"));
  CHECK_THAT(fault([](Config& c) { c.regulators[4].from = "core"; }),
             testing::contains("regulators.4.source: is 'core'"));
}

TEST_CASE("a battery gives its charge, lasts shorter at higher power, and refuses what it cannot give") {
  pdn::BatteryConfig config;
  pdn::Battery battery(config);
  CHECK(battery.terminal_v(5.0) < battery.open_circuit_v());
  CHECK_THAT(battery.current_a(5.0) * battery.terminal_v(5.0), WithinRel(5.0, 1e-9));
  const double slow_s = battery.seconds_left(2.0), fast_s = battery.seconds_left(6.0);
  CHECK(fast_s < slow_s / 3.0);
  // 10800 C at about 3.75 V is 40 kJ: some five and a half hours at 2 W.
  CHECK_THAT(slow_s / 3600.0, WithinAbs(5.6, 0.4));
  battery.discharge(2.0, slow_s * 1.1);
  CHECK(battery.empty(2.0));
  CHECK_THROWS_AS(battery.current_a(1e4), base::SimError);
  config.curve = {{0.0, 4.0}, {1.0, 3.0}};
  CHECK_THROWS_AS(pdn::Battery(config), base::SimError);
}

TEST_CASE(
    "efficiency peaks where conduction loss equals idle loss, and a chain multiplies its efficiencies") {
  const pdn::RegulatorConfig core{"core", "bus", 0.8, 0.1, 0.03, 1e-3, true};
  // Loss over power is P0/I + Vd + R I, over V: least at I^2 = P0/R.
  const double best_w = 0.8 * std::sqrt(0.1 / 1e-3);
  CHECK_THAT(core.efficiency(best_w), WithinRel(0.8 / (0.8 + 0.03 + 2.0 * std::sqrt(0.1 * 1e-3)), 1e-12));
  CHECK(core.efficiency(best_w) > core.efficiency(0.9 * best_w));
  CHECK(core.efficiency(best_w) > core.efficiency(1.1 * best_w));
  const pdn::RegulatorConfig bus{"bus", "", 12.0, 0.3, 0.2, 8e-3, false};
  pdn::DeliveryConfig chain;
  chain.regulators = {bus, core};
  chain.memory = chain.other = chain.board = "bus";
  const pdn::Delivery delivery(chain);
  const auto stages = delivery.deliver({.core_w = best_w}, 0.8);
  const double drawn_w = best_w / core.efficiency(best_w);
  CHECK_THAT(stages[0].output_w, WithinRel(drawn_w, 1e-12));
  CHECK_THAT(best_w / delivery.input_w(stages),
             WithinRel(core.efficiency(best_w) * bus.efficiency(drawn_w), 1e-12));
}

TEST_CASE(
    "a battery of constant voltage lasts Q/I and splits Q V into work and heat; one of falling voltage gives "
    "its mean") {
  pdn::BatteryConfig config{.capacity_c = 3600.0,
                            .internal_resistance_ohm = 0.1,
                            .cutoff_v = 3.0,
                            .curve = {{0.0, 3.7}, {1.0, 3.7}}};
  constexpr double kPower_w = 5.0;
  const double current_a = (3.7 - std::sqrt(3.7 * 3.7 - 4.0 * 0.1 * kPower_w)) / 0.2;
  pdn::Battery flat(config);
  CHECK_THAT(flat.current_a(kPower_w), WithinRel(current_a, 1e-12));
  CHECK_THAT(flat.seconds_left(kPower_w), WithinRel(3600.0 / current_a, 1e-9));
  const double half_s = 1800.0 / current_a;
  const double heat_j = flat.discharge(kPower_w, half_s);
  CHECK_THAT(flat.state_of_charge(), WithinRel(0.5, 1e-9));
  CHECK_THAT(kPower_w * half_s + heat_j, WithinRel(1800.0 * 3.7, 1e-9));
  config.internal_resistance_ohm = 0.0;
  config.curve = {{0.0, 3.0}, {1.0, 4.2}};
  // Without loss the work is the integral of voltage over charge; slices of a thousandth follow it that
  // closely.
  CHECK_THAT(pdn::Battery(config).seconds_left(2.0), WithinRel(3600.0 * 3.6 / 2.0, 1e-3));
}

TEST_CASE("harm is weighed by the work that is done at a voltage, and a stretched clock takes none") {
  pdn::RailConfig config;
  config.voltage_v = 1;
  const pdn::Rail rail(config);
  const auto settled_v = [&](double load_a) { return 1 - rail.static_resistance_ohm() * load_a; };
  // Nothing is done in the first half; then three times as much at 1 A as at 20 A.
  const std::vector<pdn::LoadChange> load{{0, 1, 0}, {1e-3, 1, 3e9}, {2e-3, 20, 1e9}};
  const double limit_v = 0.5 * (settled_v(1) + settled_v(20));
  const pdn::Harm below{[&](double volts) { return volts < limit_v ? 0.5 : 0.0; }, limit_v};
  CHECK_THAT(pdn::ride_through(rail, load, 3e-3, below).wrong_share, WithinRel(0.5 / 4, 1e-3));
  CHECK(pdn::ride_through(rail, load, 3e-3).wrong_share == 0);
  const double depth_v = settled_v(20) - pdn::ride_through(rail, load, 3e-3).lowest_v;
  const pdn::AdaptiveClockConfig never{.threshold_share = 0.5},
      soon{.threshold_share = 0.3 * depth_v, .stretch = 0.15, .latency_s = 0};
  CHECK_THAT(pdn::ride_through(rail, never, load, 3e-3, below).wrong_share, WithinRel(0.5 / 4, 1e-3));
  // What lies below where the load settles is the droop, which the clock answers.
  const pdn::Harm drooping{[&](double volts) { return volts < settled_v(20) - 0.5 * depth_v ? 1.0 : 0.0; }};
  const double unanswered = pdn::ride_through(rail, never, load, 3e-3, drooping).wrong_share;
  CHECK(unanswered > 0);
  CHECK(pdn::ride_through(rail, soon, load, 3e-3, drooping).wrong_share < 0.5 * unanswered);
}

TEST_CASE("droop is linear in the current step") {
  const pdn::Rail rail{pdn::RailConfig{}};
  const double rest_v = rail.die_voltage_v(rail.settled(0.0));
  const double once_v = rest_v - testing::droop_after_step(rail, 0.0, 3.0, 100e-9, 50e-12).lowest_v;
  CHECK_THAT(rest_v - testing::droop_after_step(rail, 0.0, 12.0, 100e-9, 50e-12).lowest_v,
             WithinRel(4.0 * once_v, 1e-9));
}

TEST_CASE("a battery of hardly any resistance gives the current of one of none") {
  pdn::BatteryConfig config;
  config.internal_resistance_ohm = 0;
  const double ideal_a = pdn::Battery(config, 0.5).current_a(2);
  for (const double ohm : {5e-324, 1e-30, 1e-15}) {
    config.internal_resistance_ohm = ohm;
    CHECK_THAT(pdn::Battery(config, 0.5).current_a(2), WithinRel(ideal_a, 1e-12));
  }
}

TEST_CASE("a capacitor is a battery whose voltage is linear in its charge: it stores and gives C V^2 / 2") {
  // 1 F at 5 V; it is empty at 3 V.
  const pdn::BatteryConfig config{
      .capacity_c = 5.0, .internal_resistance_ohm = 0.0, .cutoff_v = 3.0, .curve = {{0.0, 0.0}, {1.0, 5.0}}};
  pdn::Battery capacitor(config);
  CHECK_THAT(capacitor.stored_j(), WithinRel(12.5, 1e-12));
  for (int i = 0; i < 1000; ++i) capacitor.discharge(1.0, 0.01);
  CHECK(capacitor.empty(1.0));
  CHECK_THAT(capacitor.books().given_j, WithinRel(12.5 - 4.5, 0.002));
  CHECK_THAT(capacitor.stored_j() + capacitor.books().given_j, WithinRel(12.5, 1e-5));
  capacitor.charge(2.0, 1.0);
  CHECK_THAT(capacitor.stored_j(), WithinAbs(4.5 + 2.0, 0.02));
}

TEST_CASE("a battery takes what it is given until it is full, the end of it at constant voltage") {
  pdn::Battery battery(pdn::BatteryConfig{}, 0.5);
  const double before_j = battery.stored_j();
  battery.charge(5.0, 600.0);
  const pdn::Battery::Books half = battery.books();
  CHECK_THAT(half.taken_j, WithinRel(3000.0, 1e-9));
  CHECK_THAT(battery.stored_j(), WithinRel(before_j + half.taken_j - half.heat_j, 1e-6));
  battery.charge(50.0, 1e6);
  CHECK_THAT(battery.state_of_charge(), WithinAbs(1.0, 1e-3));
  CHECK(battery.books().taken_j < 2 * battery.stored_j());
  const double full_j = battery.books().taken_j;
  battery.charge(50.0, 10.0);
  CHECK(battery.books().taken_j - full_j < 1.0);  // of the 500 J that were offered
}
