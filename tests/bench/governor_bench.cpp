// SPDX-License-Identifier: MIT
// Cost of one control period: eight sensors, three policies, refresh ladder and guard.
#include <benchmark/benchmark.h>

#include <array>
#include <cmath>

#include "governor/control.h"
#include "governor/sensor.h"

namespace {

using namespace kiln::governor;

void control_period(benchmark::State& state) {
  const std::vector<OperatingPoint> table = {
      {1.0e9, 0.69}, {1.4e9, 0.745}, {1.8e9, 0.8}, {2.15e9, 0.85}, {2.5e9, 0.9}};
  GovernorConfig config;
  config.policies = {{.kind = PolicyKind::power_cap, .period_s = 1e-3},
                     {.kind = PolicyKind::step_wise, .period_s = 1e-3},
                     {.kind = PolicyKind::hbm_headroom, .period_s = 1e-3}};
  ControlLoop loop(config, table);
  std::vector<Sensor> sensors(8, Sensor({.block = "npu"}));
  std::array<double, 8> readings{};
  int level = 4;
  double time_s = 0;
  for (auto _ : state) {
    time_s += 1e-3;
    const double die_c = 80 + 8 * std::sin(time_s);
    for (std::size_t i = 0; i < sensors.size(); ++i)
      readings[i] = sensors[i].sample(die_c + static_cast<double>(i), 1e-3);
    level = loop.step({.time_s = time_s,
                       .period_s = 1e-3,
                       .sensor_c = readings,
                       .hbm_c = die_c,
                       .power_w = 12,
                       .current_level = level})
                .level;
    benchmark::DoNotOptimize(level);
  }
}
BENCHMARK(control_period);

}  // namespace
