// SPDX-License-Identifier: MIT
// All that lowering knows of the hardware. soc fills it in from the configuration.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>

#include "compression/counts.h"
#include "lowering/cost/array_cost.h"
#include "lowering/cost/kernel_positions.h"
#include "lowering/cost/pe_registers.h"
#include "lowering/cost/sparsity_cost.h"
#include "workload/step_graph.h"

namespace kiln::lowering {

struct Target {
  int tiles = 1;

  // MAC array of one tile
  int array_rows = 32, array_columns = 32;
  CostLaw law = CostLaw::pipelined;
  bool edge_aware_skew = true;
  ConvolutionMapping convolutions = ConvolutionMapping::im2col;
  std::function<double(workload::Precision)> macs_per_pe_per_cycle;
  std::optional<Dataflow> forward_dataflow, dgrad_dataflow,
      wgrad_dataflow;                        ///< nothing: the best per operation
  double accumulator_bytes = 4;              ///< of the widest partial sum
  std::uint64_t accumulator_sram_bytes = 0;  ///< for partial sums beside the array; 0: in local SRAM
  DataflowRule dataflow_rule;                ///< of the best one; its widths are the operation's
  SparsityShape sparsity;  ///< how zeros of pruned weights are treated; density comes from the graph

  // Vector unit and sparsity engine of one tile
  double vector_lanes = 32;
  std::function<std::int64_t(const compression::WorkCounts&)> codec_cycles;

  // Memories
  std::uint64_t local_sram_bytes = 0;  ///< per tile, for operands and results
  double resident_share = 0.5;         ///< of it, that tensors between two operations may keep
  std::uint64_t gradient_sram_bytes = 0;
  std::uint64_t dram_bytes = 0;
  std::uint64_t alignment_bytes = 4096;

  // For the planner's estimates only: bytes per NPU cycle
  double dram_bytes_per_cycle = 64;  ///< peak of all channels together
  double link_bytes_per_cycle = 64;  ///< into one tile

  /// Width of a partial sum kept on chip: what an element latches of it.
  double sum_bytes(workload::Precision precision) const {
    return sum_bits(precision, 8 * accumulator_bytes) / 8;
  }
};

}  // namespace kiln::lowering
