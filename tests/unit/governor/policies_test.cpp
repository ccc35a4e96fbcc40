// SPDX-License-Identifier: MIT
// Each policy's rule, one observation after the other.
#include <cmath>
#include <limits>

#include "base/error.h"
#include "governor/policy_config.h"
#include "support/catch.h"

namespace {

using namespace kiln::governor;
using Catch::Matchers::WithinAbs;
using Catch::Matchers::WithinRel;
namespace workload = kiln::workload;

const std::vector<OperatingPoint> kTable = {
    {1.0e9, 0.69}, {1.4e9, 0.745}, {1.8e9, 0.8}, {2.15e9, 0.85}, {2.5e9, 0.9}};
constexpr int kTop = 4;

/// Shows one policy a series of situations.
struct PolicyBench {
  explicit PolicyBench(PolicyConfig config)
      : period_s(config.period_s), policy(make_policy(config, kTable)) {}

  Decision hot(double temperature_c) {
    readings = {temperature_c};
    return decide();
  }
  Decision decide() {
    seen.sensor_c = readings;
    seen.period_s = period_s;
    seen.time_s += period_s;
    const Decision decision = policy->decide(seen);
    seen.current_level = decision.level;
    return decision;
  }

  double period_s;
  std::unique_ptr<Policy> policy;
  std::vector<double> readings = {40};
  Observation seen{.ambient_c = 25, .current_level = kTop};
};

PolicyConfig of(PolicyKind kind) {
  return {.kind = kind};
}

}  // namespace

TEST_CASE("performance and powersave never move") {
  PolicyBench fast(of(PolicyKind::performance)), slow(of(PolicyKind::powersave));
  for (const double c : {20.0, 90.0, 130.0}) {
    CHECK(fast.hot(c).level == kTop);
    CHECK(slow.hot(c).level == 0);
  }
}

TEST_CASE("every policy refuses an empty table and names itself") {
  for (const auto& entry : enum_names(static_cast<const PolicyKind*>(nullptr))) {
    CHECK_THROWS_AS(make_policy(of(entry.value), {}), kiln::base::SimError);
    CHECK(make_policy(of(entry.value), kTable) != nullptr);
  }
}

TEST_CASE("step_wise steps down while hot and rising, holds between, steps up while cool and falling") {
  PolicyBench bench(of(PolicyKind::step_wise));  // trip 85, hysteresis 2
  CHECK(bench.hot(84).level == 4);
  CHECK(bench.hot(85).level == 3);    // at the trip, rising
  CHECK(bench.hot(86).level == 2);    // still rising
  CHECK(bench.hot(86).level == 2);    // stable: hold
  CHECK(bench.hot(85.5).level == 2);  // hot but falling: hold
  CHECK(bench.hot(84).level == 2);    // inside the hysteresis
  CHECK(bench.hot(82.5).level == 3);  // below trip - hysteresis and falling
  CHECK(bench.hot(82.5).level == 3);  // no trend: hold
  CHECK(bench.hot(84.5).level == 3);  // rising below the trip: hold
  CHECK(bench.hot(82).level == 4);
  CHECK(bench.hot(70).level == 4);
}

TEST_CASE("step_wise throttles at once when it starts hot, and stops at its lowest level") {
  auto config = of(PolicyKind::step_wise);
  config.step_wise.lowest_level = 2;
  PolicyBench bench(config);
  CHECK(bench.hot(95).level == 3);
  CHECK(bench.hot(95).level == 3);
  for (const double c : {96.0, 97.0, 98.0}) bench.hot(c);
  CHECK(bench.hot(99).level == 2);
  bench.readings = {std::numeric_limits<double>::quiet_NaN()};
  CHECK(bench.decide().level == 2);  // blind: hold
  bench.policy->reset();
  CHECK(bench.hot(20).level == kTop);
}

TEST_CASE("bang_bang has two states and a band between them") {
  auto config = of(PolicyKind::bang_bang);
  config.bang_bang = {.trip_c = 80, .hysteresis_k = 10, .low_level = 1};
  PolicyBench bench(config);
  CHECK(bench.hot(79.9).level == kTop);
  CHECK(bench.hot(80).level == 1);
  CHECK(bench.hot(70.1).level == 1);
  CHECK(bench.hot(69.9).level == kTop);
  CHECK(bench.hot(79).level == kTop);
  config.bang_bang.actuator = Actuator::cooling;
  PolicyBench fan(config);
  CHECK(fan.hot(60).cooling_level == 0.0);
  CHECK(fan.hot(81).cooling_level == 1.0);
  CHECK(fan.hot(81).level == kTop);
}

TEST_CASE("article_delta_t takes 10 % per period above 10 K, to a floor, and returns") {
  auto config = of(PolicyKind::article_delta_t);
  config.article_delta_t.learning_rate_factor = 1.11;
  config.article_delta_t.floor_frequency_hz = 1.4e9;
  PolicyBench bench(config);
  CHECK(bench.hot(35).level == 4);  // exactly 10 K: not above
  CHECK(bench.decide().learning_rate_factor == 1.0);
  CHECK(bench.hot(35.5).level == 3);  // 2.25 GHz: 2.15 from below
  CHECK_THAT(bench.policy->state()[0], WithinRel(2.25e9, 1e-12));
  CHECK(bench.hot(36).level == 2);   // 2.025 GHz
  CHECK(bench.decide().level == 2);  // 1.8225 GHz
  CHECK(bench.decide().level == 1);  // 1.640 GHz
  for (int i = 0; i < 20; ++i) bench.decide();
  CHECK_THAT(bench.policy->state()[0], WithinRel(1.4e9, 1e-12));
  CHECK(bench.decide().level == 1);
  CHECK(bench.decide().learning_rate_factor == 1.11);
  CHECK(bench.hot(34).level == 1);  // inside the hysteresis
  for (int i = 0; i < 20; ++i) bench.hot(32);
  CHECK(bench.decide().level == kTop);
  CHECK(bench.decide().learning_rate_factor == 1.0);

  config.article_delta_t.recover = false;
  PolicyBench stubborn(config);
  stubborn.hot(40);
  for (int i = 0; i < 20; ++i) stubborn.hot(26);
  CHECK(stubborn.decide().level == 3);
}

TEST_CASE("article_delta_t measures the rise against the ambient of the moment") {
  PolicyBench bench(of(PolicyKind::article_delta_t));
  bench.seen.ambient_c = 60;
  CHECK(bench.hot(69).level == kTop);
  bench.seen.ambient_c = 50;
  CHECK(bench.hot(69).level == 3);
}

TEST_CASE("per_phase gives each phase its level and unnamed phases the top") {
  auto config = of(PolicyKind::per_phase);
  config.per_phase.forward_hz = 1.8e9;
  config.per_phase.wgrad_hz = 2.3e9;
  PolicyBench bench(config);
  const auto level = [&](std::optional<workload::Phase> phase) {
    bench.seen.phase = phase;
    return bench.decide().level;
  };
  CHECK(level(workload::Phase::forward) == 2);
  CHECK(level(workload::Phase::dgrad) == kTop);
  CHECK(level(workload::Phase::wgrad) == 3);
  CHECK(level(workload::Phase::update) == kTop);
  CHECK(level(std::nullopt) == 0);
}

TEST_CASE("active_layers: 2.5 GHz at 0.9 V, above half frozen 1.8 GHz at 0.8 V, P x 0.569") {
  PolicyBench bench(of(PolicyKind::active_layers));
  const auto at = [&](double frozen) {
    bench.seen.frozen_fraction = frozen;
    return kTable[static_cast<std::size_t>(bench.decide().level)];
  };
  CHECK(at(0.5).frequency_hz == 2.5e9);
  CHECK(at(0.51).frequency_hz == 1.8e9);
  CHECK_THAT(switching_rate(at(0.51)) / switching_rate(at(0.0)), WithinRel(0.5689, 1e-3));
}

TEST_CASE("battery_aware acts below 20 % and in the direction it is told") {
  auto config = of(PolicyKind::battery_aware);
  PolicyBench conserve(config);
  config.battery_aware.direction = BatteryDirection::as_written;
  PolicyBench as_written(config);
  const auto level = [](PolicyBench& bench, double battery, double frozen) {
    bench.seen.battery_fraction = battery;
    bench.seen.frozen_fraction = frozen;
    return bench.decide().level;
  };
  CHECK(level(conserve, 0.5, 0.0) == kTop);
  CHECK(level(conserve, 0.19, 0.8) == kTop);  // light work keeps its clock
  CHECK(level(conserve, 0.19, 0.0) == 0);     // half of 2.5 GHz from below
  CHECK(level(as_written, 0.19, 0.8) == 0);
  CHECK(level(as_written, 0.19, 0.0) == kTop);
  CHECK(level(conserve, 0.22, 0.0) == 0);  // hysteresis
  CHECK(level(conserve, 0.26, 0.0) == kTop);
}

TEST_CASE("skin stages come one by one and leave with hysteresis; a dead thermistor is the hottest") {
  PolicyBench bench(of(PolicyKind::skin));  // board: 39 -> 85 %, 41 -> 65 %, 43 -> 40 %
  const auto level = [&](double board_c) {
    bench.seen.board_c = board_c;
    return bench.decide().level;
  };
  CHECK(level(38) == 4);
  CHECK(level(39.5) == 2);  // 2.125 GHz
  CHECK(level(42) == 1);    // 1.625 GHz
  CHECK(level(44) == 0);    // 1.0 GHz
  CHECK(level(42) == 0);    // not yet below 41.5
  CHECK(level(41.4) == 1);
  CHECK(level(37.4) == 4);
  CHECK(level(std::numeric_limits<double>::quiet_NaN()) == 0);
}

TEST_CASE("hbm_headroom lowers the memory clock in steps and returns later than it went") {
  PolicyBench bench(of(PolicyKind::hbm_headroom));  // 75..95 degC, floor 0.5, step 0.1, hysteresis 2 K
  const auto factor = [&](double hbm_c) {
    bench.seen.hbm_c = hbm_c;
    return bench.decide().hbm_frequency_factor;
  };
  CHECK(factor(75) == 1.0);
  CHECK_THAT(factor(76), WithinAbs(0.9, 1e-12));
  CHECK_THAT(factor(74.5), WithinAbs(0.9, 1e-12));  // 1.5 K lower: not yet
  CHECK_THAT(factor(72.9), WithinAbs(1.0, 1e-12));
  CHECK_THAT(factor(85), WithinAbs(0.7, 1e-12));  // half way: 0.75, down to the next step
  CHECK(factor(120) == 0.5);
  CHECK(factor(std::numeric_limits<double>::quiet_NaN()) == 0.5);
}

TEST_CASE("cooling_ramp runs from its idle level to full over 10 K") {
  PolicyBench bench(of(PolicyKind::cooling_ramp));  // 25..35 K above 25 degC
  CHECK_THAT(*bench.hot(45).cooling_level, WithinAbs(0.2, 1e-12));
  CHECK_THAT(*bench.hot(55).cooling_level, WithinAbs(0.6, 1e-12));
  CHECK_THAT(*bench.hot(54).cooling_level, WithinAbs(0.6, 1e-12));
  CHECK_THAT(*bench.hot(70).cooling_level, WithinAbs(1.0, 1e-12));
  bench.readings = {std::numeric_limits<double>::quiet_NaN()};
  CHECK(bench.decide().cooling_level == 1.0);
}

TEST_CASE(
    "compression_aware drops the clock that traffic wastes and takes it back when compression frees the "
    "way") {
  PolicyBench bench(of(PolicyKind::compression_aware));
  const auto level = [&](double ratio, double queue, double utilization) {
    bench.seen.compression_ratio = ratio;
    bench.seen.queue_depth = queue;
    bench.seen.utilization = utilization;
    return bench.decide().level;
  };
  CHECK(level(1, 0.9, 0.9) == 3);    // queues full
  CHECK(level(1, 0.5, 0.5) == 2);    // arrays waiting
  CHECK(level(1, 0.1, 0.95) == 2);   // traffic not light: no reason to climb
  CHECK(level(16, 0.1, 0.65) == 2);  // would wait again: 0.65 x 1.8 / 2.15 = 0.54
  CHECK(level(16, 0.1, 0.95) == 3);
  CHECK(bench.hot(86).level == 2);
}

TEST_CASE("power_cap goes straight to the level predicted to fit, and climbs only to one that fits") {
  auto config = of(PolicyKind::power_cap);
  config.power_cap = {.cap_w = 10, .window_s = 1e-6, .margin = 0.02};
  PolicyBench bench(config);
  const double per_rate = 20 / switching_rate(kTable[kTop]);  // 20 W at the top
  const auto level = [&](double load) {
    bench.seen.power_w =
        load * per_rate * switching_rate(kTable[static_cast<std::size_t>(bench.seen.current_level)]);
    return bench.decide().level;
  };
  // f V^2 relative to the top: 0.235, 0.384, 0.569, 0.767, 1
  CHECK(level(1) == 1);
  CHECK(level(1) == 1);
  CHECK(level(0.7) == 2);  // 14 W x 0.569 = 7.96 W
  CHECK(level(0.7) == 2);  // 14 W x 0.767 = 10.7 W
  CHECK(level(0.2) == 3);
  CHECK(level(0.2) == 4);
}

TEST_CASE("power_cap turns to the memory clock once the slowest level is over the cap") {
  auto config = of(PolicyKind::power_cap);
  config.power_cap = {.cap_w = 15, .window_s = 0.01, .hbm_floor = 0.5};
  PolicyBench bench(config);
  const double memory_w = 17;
  double factor = 1;
  for (int i = 0; i < 200; ++i) {
    bench.seen.power_w =
        memory_w * factor + switching_rate(kTable[static_cast<std::size_t>(bench.seen.current_level)]) * 1e-9;
    factor = bench.decide().hbm_frequency_factor;
  }
  CHECK(bench.seen.current_level == 0);
  CHECK_THAT(factor, WithinAbs(0.8, 1e-9));  // 13.6 + 0.5 W; 0.9 would be 15.8 W
}
