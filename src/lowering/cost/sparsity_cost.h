// SPDX-License-Identifier: MIT
// What zeros in a GEMM's stationary operand buy, by the way the hardware treats them.
//
// - zero_gated: the multiplier is clock-gated on a zero. Same cycles, fewer active MACs.
// - n_of_m: at most n non-zeros in every m along K (fine-grained structured, Mishra et al. 2021). K shrinks
// to
//   K n/m, an operand multiplexer picks the partner out of m.
// - unstructured: flexible distribution and reduction (SIGMA, Qin et al., HPCA 2020). Whole rows of non-zeros
//   are packed onto clusters of multipliers; a fold pays for the delivery of the distinct K indices it needs.
//   Nearly ideal at 80-90 % zeros. Poor at 50 %: rows slightly longer than a cluster spill into a second,
//   almost empty fold.
#pragma once

#include "lowering/cost/array_cost.h"

namespace kiln::lowering {

enum class SparsityScheme { dense, zero_gated, n_of_m, unstructured };

struct SparsityShape {
  SparsityScheme scheme = SparsityScheme::dense;
  double density = 1;  // non-zeros over elements of the sparse operand (zero_gated, unstructured)
  int n = 2;
  int m = 4;
  // One unstructured cluster; the array is rows x columns / multipliers clusters working on
  // different rows. Defaults: the STONNE instance of SIGMA the model is checked against (128
  // multipliers, 64 words per cycle).
  int cluster_multipliers = 128;
  int cluster_words_per_cycle = 64;
  int cluster_fold_overhead =
      17;  // load and network latency per fold, from STONNE's dense run: (18562 - 16384) / 128
};

struct SparsityCost {
  ArrayCost array;                 // cycles, folds and SRAM traffic with the zeros treated
  std::int64_t active_macs = 0;    // MACs on two operands that count
  std::int64_t gated_macs = 0;     // MAC slots that passed with the multiplier gated
  std::int64_t skipped_macs = 0;   // the rest of the product's: never given to a multiplier
  std::int64_t metadata_bits = 0;  // positions of the non-zeros
  double speedup = 1;              // dense cycles of the same machine over cycles
};

// Sparse operand: B for output and weight stationary, A for input stationary. Throws base::SimError for a
// density outside [0, 1] or n > m.
SparsityCost sparse_gemm_cost(const GemmShape& gemm, const ArrayShape& array, Dataflow dataflow, CostLaw law,
                              const SparsityShape& sparsity);

// Cycles of one SIGMA-like cluster group for a stationary
// operand of `rows` x `k` and `columns` streamed columns.
std::int64_t unstructured_cycles(std::int64_t rows, std::int64_t columns, std::int64_t k,
                                 std::int64_t clusters, const SparsityShape& sparsity);

}  // namespace kiln::lowering
