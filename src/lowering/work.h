// SPDX-License-Identifier: MIT
// The work of a lowered step by layer and phase, and the contract that it is the graph's.
#pragma once

#include <cstdint>
#include <map>
#include <utility>
#include <vector>

#include "lowering/program.h"
#include "lowering/residency.h"
#include "workload/step_graph.h"

namespace kiln::lowering {

/// What the programs of all tiles ask for, of one layer in one phase.
struct LayerWork {
  std::int64_t tasks = 0;
  std::int64_t macs = 0, gated_macs = 0, skipped_macs = 0;
  std::int64_t vector_ops = 0;
  std::int64_t codec_elements = 0, codec_compares = 0, residual_bytes = 0;
  std::int64_t sram_read_bytes = 0, sram_write_bytes = 0;
  std::int64_t accumulator_read_bytes = 0, accumulator_write_bytes = 0;
  std::int64_t load_bytes = 0, store_bytes = 0;
};

/// By layer of the graph (-1: none) and phase.
using WorkTable = std::map<std::pair<std::int32_t, workload::Phase>, LayerWork>;
WorkTable work_of(const LoweredStep& step);

/// By layer and phase the programs hold every MAC of the graph once, and its lane operations but for the
/// fraction that every task rounds off. Throws base::SimError naming layer, phase and both numbers.
void check_operations(const workload::StepGraph& graph, const LoweredStep& step);
/// By operation the programs store every byte of each result once per copy, once more for every further tile
/// that adds to it, or none where it stays in local SRAM; of gradients, the codec decides. `tiles` take part.
/// Throws as above.
void check_results(const workload::StepGraph& graph, const std::vector<ScheduledOp>& schedule,
                   const Residency& residency, int tiles, const LoweredStep& step);

}  // namespace kiln::lowering
