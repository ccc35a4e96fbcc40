// SPDX-License-Identifier: MIT
// The step by layer and phase: where its time and joules went. Rows sum to the step.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "report/findings.h"

namespace kiln::report {

/// A layer in a phase, or something that belongs to no layer. Per training step.
struct LayerRow {
  std::string name, kind, mapping, phase;
  /// Exclusive: overlapping work is counted once, so that rows sum to the step's time. It is what was
  /// computed and what the tiles stalled for.
  double time_s = 0;
  double compute_s = 0, dram_stall_s = 0, noc_stall_s = 0, dependency_stall_s = 0, launch_stall_s = 0;
  double cycles = 0;             ///< of the tiles' clock in `time_s`, at the reported operating point
  double array_utilisation = 0;  ///< MACs over those that all arrays could have done in these cycles
  std::int64_t macs = 0, vector_ops = 0;
  std::int64_t dram_read_bytes = 0, dram_write_bytes = 0;
  std::int64_t local_sram_bytes = 0, gradient_sram_bytes = 0, dma_bytes = 0;
  std::int64_t flit_hops = 0;  ///< flits times routers on their way
  std::array<double, stats::kComponents> dynamic_j{};
  double clock_tree_j = 0, uncore_j = 0, leakage_j = 0, dram_standby_j = 0;  ///< shared by exclusive time
  double idle_j = 0;                                                         ///< between steps
  double board_j = 0, cooling_j = 0;

  double energy_j() const;
};

/// In order of layers, then what belongs to none.
std::vector<LayerRow> layer_rows(const Findings& findings);
std::string layers_csv(const std::vector<LayerRow>& rows);

}  // namespace kiln::report
