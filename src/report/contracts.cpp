// SPDX-License-Identifier: MIT
#include "report/contracts.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/error.h"

namespace kiln::report {

namespace {

constexpr double kRounding = 1e-9;  ///< relative: sums of many doubles in another order

double sum_of(const std::vector<std::pair<std::string, double>>& parts) {
  return std::accumulate(parts.begin(), parts.end(), 0.0,
                         [](double sum, const auto& part) { return sum + part.second; });
}

/// Dynamic joules of what each block counted, in whatever order it was booked.
double block_j(const Findings& f, const std::vector<stats::Counts>& by_block) {
  double sum = 0;
  for (std::size_t b = 0; b < by_block.size(); ++b)
    sum += f.device.power().dynamic_j(b, by_block[b], f.observed.point.voltage_v);
  return sum;
}

}  // namespace

void check_sum(const char* what, const char* cut, double sum, double whole) {
  if (std::abs(sum - whole) <= kRounding * std::abs(whole)) return;
  throw base::SimError(fmt::format("{} by {} add up to {}, not to the step's {}: off by {:.2e} of it", what,
                                   cut, sum, whole, sum / whole - 1));
}

void check_cuts(const Findings& f, const std::vector<LayerRow>& layers) {
  const EnergySplit& energy = f.energy;
  const soc::StepRecord& record = f.step.record;
  const double static_j =
      energy.clock_tree_j + energy.uncore_j + energy.leakage_j + energy.dram_standby_j + energy.idle_j;
  const double apart_j = static_j + energy.board_j + energy.cooling_j;
  double layers_j = 0, layers_s = 0, windows_j = 0;
  for (const LayerRow& row : layers) {
    layers_j += row.energy_j();
    layers_s += row.time_s;
  }
  for (const stats::Window& window : record.windows) windows_j += block_j(f, window.by_block);
  const double blocks_j =
      block_j(f, stats::totals_by_block(record.by_layer_and_phase, f.device.power().blocks()));
  check_sum("joules", "component", sum_of(energy.by_component_j), energy.total_j());
  check_sum("joules", "layer", layers_j, energy.total_j());
  check_sum("joules", "phase", sum_of(energy.by_phase_j) + energy.idle_j + energy.board_j + energy.cooling_j,
            energy.total_j());
  check_sum("joules", "block", blocks_j * energy.dynamic_scale + apart_j, energy.total_j());
  check_sum("joules", "window", windows_j * energy.dynamic_scale + apart_j, energy.total_j());
  check_sum("seconds", "phase", std::accumulate(record.exclusive_s.begin(), record.exclusive_s.end(), 0.0),
            record.duration_s());
  check_sum("seconds", "layer", layers_s, f.step_time_s);
}

}  // namespace kiln::report
