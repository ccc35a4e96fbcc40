// SPDX-License-Identifier: MIT
// Cycle laws of a systolic MAC array for C[M,N] = A[M,K] x B[K,N] on R rows x C columns.
//
//   dataflow            rows hold  columns hold  streamed for T
//   output stationary   M          N             K
//   weight stationary   K          N             M
//   input stationary    K          M             N
//
// `strict` is the fold law of SCALE-Sim (Samajdar et al., ISPASS 2020, sec. III): every fold of the operands
// onto the array pays its full load, stream and drain, edge folds included. `pipelined` hides the load of the
// next fold behind the streaming of the present one, as Gemmini (Genc et al., DAC 2021) and ONNXim (Ham et
// al., CAL 2024) do, so that only the first load and the last drain show. `broadcast` is for arrays whose
// operands reach all elements in the same cycle (tensor cores, vector units): folds take their streams, no
// skew.
#pragma once

#include <compare>
#include <cstdint>

#include "lowering/cost/objective.h"

namespace kiln::lowering {

enum class Dataflow { output_stationary, weight_stationary, input_stationary };
enum class CostLaw { strict, pipelined, broadcast };

// `repeats` products of the same shape, run back to back: independent ones (attention heads, channels), but
// for `added` of them that add to results which are there already (kernel positions of a convolution).
struct GemmShape {
  std::int64_t m = 1;
  std::int64_t n = 1;
  std::int64_t k = 1;
  std::int64_t repeats = 1;
  std::int64_t added = 0;

  std::int64_t macs() const { return m * n * k * repeats; }
  auto operator<=>(const GemmShape&) const = default;
};

// `macs_per_pe_per_cycle` p packs p neighbours along K into a processing element as a dot product; p < 1
// means a MAC takes 1/p cycles. `edge_aware_skew` lets the pipelined law pay only for the rows and columns an
// edge fold uses (STONNE does, ONNXim does not); the strict law never does.
struct ArrayShape {
  int rows = 32;
  int columns = 32;
  double macs_per_pe_per_cycle = 1;
  bool edge_aware_skew = true;

  double peak_macs_per_cycle() const { return rows * static_cast<double>(columns) * macs_per_pe_per_cycle; }
};

// SRAM traffic is in elements. `c_reads` are the partial sums read back to be added to; the array accumulates
// within a fold, the output buffer across folds.
struct ArrayCost {
  std::int64_t cycles = 0;
  std::int64_t folds = 0;
  double mapping_efficiency = 0;  // processing elements that hold an operand, averaged over folds
  double utilization = 0;         // MACs over cycles x peak MACs per cycle
  std::int64_t macs = 0;
  std::int64_t a_reads = 0;
  std::int64_t b_reads = 0;
  std::int64_t c_writes = 0;
  std::int64_t c_reads = 0;
  std::int64_t held_sums = 0;  // partial sums that a fold leaves for the next to add to; 0: they stay inside
};

// How a GEMM lies on the array: folds along rows and columns, and the length streamed per fold.
struct FoldPlan {
  std::int64_t spatial_rows = 0;
  std::int64_t spatial_columns = 0;
  std::int64_t stream = 0;
  std::int64_t row_folds = 0;
  std::int64_t column_folds = 0;
};

// Throws base::SimError for empty shapes or arrays.
FoldPlan plan_folds(const GemmShape& gemm, const ArrayShape& array, Dataflow dataflow);
ArrayCost gemm_cost(const GemmShape& gemm, const ArrayShape& array, Dataflow dataflow, CostLaw law);

/// What dataflows are weighed by. Energies are in those of reading one byte of the local SRAM.
struct DataflowRule {
  Objective objective = Objective::time;
  double word_bytes = 1;         ///< of an operand
  double accumulator_bytes = 1;  ///< of a partial sum
  double write_energy = 1;       ///< of writing one byte
  double cycle_energy = 0;       ///< of a cycle that passes: clock trees and leakage
};

// The best dataflow by the rule's objective.
Dataflow best_dataflow(const GemmShape& gemm, const ArrayShape& array, CostLaw law,
                       const DataflowRule& rule = {});

}  // namespace kiln::lowering
