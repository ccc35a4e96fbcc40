// SPDX-License-Identifier: MIT
// Speed of the thermal model: assembly, factor, TR-BDF2 against backward Euler at equal error, reduced steps
// by inputs.
#include <benchmark/benchmark.h>

#include <cmath>

#include "reference/thermal/cases.h"
#include "thermal/reduced_model.h"

using namespace kiln;
using namespace kiln::test;

namespace {

thermal::PackageConfig soc_b(int cells, double step_tolerance_k = 0.01) {
  return config::load<thermal::StandaloneConfig>(
             source_path("configs/packages/soc_b.yaml"),
             {fmt::format("grid.nx={}", cells), fmt::format("grid.ny={}", cells),
              fmt::format("solver.step_tolerance={} K", step_tolerance_k)})
      .value;
}

thermal::Floorplan soc_floorplan() {
  return thermal::read_flp(source_path("configs/packages/soc_b.flp"));
}

/// Every block cut in four: 32 inputs.
thermal::Floorplan quartered(const thermal::Floorplan& floorplan) {
  thermal::Floorplan fine;
  for (const thermal::Block& block : floorplan.blocks)
    for (int part = 0; part < 4; ++part) {
      thermal::Block quarter = block;
      quarter.name += std::to_string(part);
      quarter.width_m /= 2;
      quarter.height_m /= 2;
      quarter.x_m += part % 2 * quarter.width_m;
      quarter.y_m += part / 2 * quarter.height_m;
      fine.blocks.push_back(quarter);
    }
  return fine;
}

void assemble_and_solve(benchmark::State& state) {
  const auto package = soc_b(static_cast<int>(state.range(0)));
  const auto floorplan = soc_floorplan();
  const auto power_w = soc_power_w("P30");
  for (auto _ : state) {
    const thermal::ThermalModel model(package, floorplan, 25.0);
    benchmark::DoNotOptimize(model.steady(power_w).x.sum());
  }
}
BENCHMARK(assemble_and_solve)->Arg(24)->Arg(40)->Arg(64)->Unit(benchmark::kMillisecond);

/// One pulse of 10 ms on, 40 ms off on 64 x 64 x 4 cells, factors included; the error is that of NPU0's peak.
class PulseCase {
 public:
  explicit PulseCase(double step_tolerance_k = 0.01)
      : model_(soc_b(64, step_tolerance_k), soc_floorplan(), 25.0),
        on_w_(soc_power_w("P30")),
        off_w_(on_w_.size(), 0.0) {}

  double tr_bdf2(double dt_s) {
    thermal::State state = model_.ambient_state();
    double peak_c = 0.0;
    for (int i = 0; i < std::lround(0.05 / dt_s); ++i) {
      model_.step(state, dt_s, i * dt_s < 0.01 - 1e-9 ? on_w_ : off_w_);
      peak_c = std::max(peak_c, model_.block_mean_c(state, 0));
    }
    return peak_c;
  }

  /// 3D-ICE's method on the same matrices and factors.
  double backward_euler(double dt_s) {
    thermal::State state = model_.ambient_state();
    const Eigen::VectorXd& capacity = model_.network().capacity_j_k;
    double peak_c = 0.0;
    for (int i = 0; i < std::lround(0.05 / dt_s); ++i) {
      const Eigen::VectorXd input_w =
          model_.cell_power_w(i * dt_s < 0.01 - 1e-9 ? on_w_ : off_w_) + model_.network().boundary_w;
      state.x = model_.solve(1.0 / dt_s, capacity.cwiseProduct(state.x) / dt_s + input_w);
      peak_c = std::max(peak_c, model_.block_mean_c(state, 0));
    }
    return peak_c;
  }

 private:
  thermal::ThermalModel model_;
  std::vector<double> on_w_, off_w_;
};

constexpr double kPeak_c = 29.9037;  // TR-BDF2 in steps of at most 1 ms, with tolerances of 1e-4 and 1e-5 K

/// Arguments: tolerance in mK, interval in us.
void pulse_tr_bdf2(benchmark::State& state) {
  double peak_c = 0.0;
  for (auto _ : state) {
    state.PauseTiming();
    PulseCase pulse(static_cast<double>(state.range(0)) * 1e-3);
    state.ResumeTiming();
    peak_c = pulse.tr_bdf2(static_cast<double>(state.range(1)) * 1e-6);
  }
  state.counters["error_mK"] = 1e3 * std::abs(peak_c - kPeak_c);
}
BENCHMARK(pulse_tr_bdf2)
    ->Args({500, 5000})
    ->Args({30, 10000})
    ->Args({10, 10000})
    ->Args({1, 10000})
    ->Unit(benchmark::kMillisecond);

/// Argument: step in us.
void pulse_backward_euler(benchmark::State& state) {
  double peak_c = 0.0;
  for (auto _ : state) {
    state.PauseTiming();
    PulseCase pulse;
    state.ResumeTiming();
    peak_c = pulse.backward_euler(static_cast<double>(state.range(0)) * 1e-6);
  }
  state.counters["error_mK"] = 1e3 * std::abs(peak_c - kPeak_c);
}
BENCHMARK(pulse_backward_euler)->Arg(1000)->Arg(250)->Arg(100)->Arg(25)->Unit(benchmark::kMillisecond);

void reduced_build(benchmark::State& state) {
  const auto floorplan = state.range(0) == 32 ? quartered(soc_floorplan()) : soc_floorplan();
  const thermal::ThermalModel model(soc_b(40), floorplan, 25.0);
  int order = 0;
  for (auto _ : state) order = thermal::ReducedModel(model).order();
  state.counters["order"] = order;
}
BENCHMARK(reduced_build)->Arg(8)->Arg(32)->Unit(benchmark::kMillisecond);

/// 600,000 steps of 1 ms with all block means read back.
void reduced_ten_minutes(benchmark::State& state) {
  const auto floorplan = state.range(0) == 32 ? quartered(soc_floorplan()) : soc_floorplan();
  const thermal::ThermalModel model(soc_b(40), floorplan, 25.0);
  const thermal::ReducedModel reduced(model);
  std::vector<double> power_w(floorplan.blocks.size(), 1.0), means_c(power_w.size());
  for (auto _ : state) {
    thermal::State now = reduced.ambient_state();
    for (int step = 0; step < 600'000; ++step) {
      power_w[0] = step % 50 < 10 ? 5.0 : 0.5;
      reduced.step(now, 1e-3, power_w, means_c);
    }
    benchmark::DoNotOptimize(means_c[0]);
  }
  state.counters["order"] = reduced.order();
}
BENCHMARK(reduced_ten_minutes)->Arg(8)->Arg(32)->Unit(benchmark::kMillisecond)->Iterations(1);

}  // namespace
