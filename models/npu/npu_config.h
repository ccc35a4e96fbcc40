// SPDX-License-Identifier: MIT
// One NPU tile: MAC array, vector unit, local SRAM.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "config/record.h"
#include "lowering/cost/array_cost.h"
#include "lowering/cost/kernel_positions.h"
#include "lowering/cost/pe_registers.h"
#include "lowering/cost/sparsity_cost.h"
#include "workload/step_graph.h"

namespace kiln::npu {

/// What an array may be told to do; `best` takes the fastest dataflow for every GEMM.
enum class DataflowChoice { os, ws, is, best };
std::span<const config::EnumName<DataflowChoice>> enum_names(const DataflowChoice*);
std::optional<lowering::Dataflow> dataflow_of(DataflowChoice choice);

/// MACs one processing element does in a cycle at each precision; 0: the array cannot.
struct PackingConfig {
  double int4 = 4, int8 = 2, int16 = 0, fp8 = 2, fp16 = 1, bf16 = 1, fp32 = 0.25;
};

/// Zeros of pruned weights.
struct SparsityConfig {
  lowering::SparsityScheme scheme = lowering::SparsityScheme::zero_gated;
  int n = 2, m = 4;
};

struct NpuConfig {
  int rows = 32;
  int cols = 32;
  DataflowChoice dataflow = DataflowChoice::best;  ///< of every phase that does not say otherwise
  std::optional<DataflowChoice> forward_dataflow, dgrad_dataflow, wgrad_dataflow;
  lowering::CostLaw law = lowering::CostLaw::pipelined;
  bool edge_aware_skew = true;
  lowering::ConvolutionMapping convolutions = lowering::ConvolutionMapping::im2col;
  PackingConfig packing;
  double accumulator_bytes = 4;
  SparsityConfig sparsity;
  int vector_lanes = 32;
  std::uint64_t local_sram_bytes = 524'288;
  std::uint64_t local_sram_bank_bytes = 32'768;  ///< what an access reaches
  std::uint64_t accumulator_sram_bytes = 0;      ///< for partial sums beside the array; 0: in local SRAM
  std::uint64_t element_storage_bytes = 0;       ///< memory of each element; 0: registers alone
  double macs_per_instruction = 0;               ///< of an array of cores; 0: no instructions

  double macs_per_pe_per_cycle(workload::Precision precision) const;
  lowering::PeShape pe() const;
  /// Flip-flops of the whole array that a cycle clocks, by number format.
  std::array<double, lowering::kFormats> register_bits() const;
  double peak_macs_per_cycle(workload::Precision precision) const {
    return rows * static_cast<double>(cols) * macs_per_pe_per_cycle(precision);
  }
};

const config::Record<PackingConfig>& describe(const PackingConfig*);
const config::Record<SparsityConfig>& describe(const SparsityConfig*);
const config::Record<NpuConfig>& describe(const NpuConfig*);

}  // namespace kiln::npu
