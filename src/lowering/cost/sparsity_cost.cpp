// SPDX-License-Identifier: MIT
#include "lowering/cost/sparsity_cost.h"

#include <algorithm>
#include <bit>
#include <cmath>

#include "base/error.h"

namespace kiln::lowering {
namespace {

double normal_cdf(double z) {
  return 0.5 * std::erfc(-z / std::sqrt(2.0));
}

// P(Binomial(trials, p) <= limit), normal approximation with continuity correction.
double binomial_at_most(double trials, double p, double limit) {
  const double mean = trials * p;
  const double sigma = std::sqrt(trials * p * (1 - p));
  if (sigma == 0) return mean <= limit ? 1 : 0;
  return normal_cdf((limit + 0.5 - mean) / sigma);
}

// Cycles to stream one column through a fold that needs `distinct` different K indices.
double column_cycles(double distinct, const SparsityShape& s) {
  return std::max(1.0, std::ceil(distinct / s.cluster_words_per_cycle));
}

double fold_cycles(double distinct, double columns, const SparsityShape& s) {
  return columns * column_cycles(distinct, s) + s.cluster_fold_overhead;
}

// Expected cycles of all folds of one stationary row that may be longer than the cluster: whole folds, then a
// partial one that holds what is left.
double long_row_cycles(double k, double columns, const SparsityShape& s) {
  const double multipliers = s.cluster_multipliers;
  const double mean = k * s.density;
  double cycles = 0;
  for (double held = 0; held < k; held += multipliers) {
    const double needed = 1 - binomial_at_most(k, s.density, held);
    if (needed < 1e-9) break;
    const double left = std::clamp(mean - held, 1.0, multipliers);
    cycles += needed * fold_cycles(left, columns, s);
  }
  return cycles;
}

// Expected number of whole rows that fit a cluster together, counted as sum over j of P(j rows fit).
double rows_per_fold(double k, const SparsityShape& s) {
  double rows = 0;
  for (int j = 1; j <= s.cluster_multipliers; ++j) {
    const double fits = binomial_at_most(j * k, s.density, s.cluster_multipliers);
    rows += fits;
    if (fits < 1e-6) break;
  }
  return rows;
}

int index_bits(std::int64_t extent) {
  return static_cast<int>(std::bit_width(static_cast<std::uint64_t>(std::max<std::int64_t>(extent, 2) - 1)));
}

// Stationary elements: the weights (B), or for input stationary the activations (A).
std::int64_t sparse_elements(const GemmShape& g, Dataflow dataflow) {
  return (dataflow == Dataflow::input_stationary ? g.m : g.n) * g.k * g.repeats;
}

std::int64_t scaled(std::int64_t count, double factor) {
  return static_cast<std::int64_t>(std::llround(static_cast<double>(count) * factor));
}

void set_utilization(SparsityCost& cost, const ArrayShape& array) {
  cost.array.utilization = static_cast<double>(cost.active_macs) /
                           (static_cast<double>(cost.array.cycles) * array.peak_macs_per_cycle());
}

SparsityCost structured(const GemmShape& gemm, const ArrayShape& array, Dataflow dataflow, CostLaw law,
                        const SparsityShape& s) {
  GemmShape packed = gemm;
  packed.k = (gemm.k + s.m - 1) / s.m * s.n;
  if (packed.k > gemm.k) packed.k = gemm.k;
  const ArrayCost dense = gemm_cost(gemm, array, dataflow, law);
  SparsityCost cost;
  cost.array = gemm_cost(packed, array, dataflow, law);
  cost.active_macs = cost.array.macs;
  // The dense operand is still read in full: the multiplexer drops what meets a zero.
  const double widen = static_cast<double>(gemm.k) / static_cast<double>(packed.k);
  auto& dense_reads = dataflow == Dataflow::input_stationary ? cost.array.b_reads : cost.array.a_reads;
  dense_reads = scaled(dense_reads, widen);
  cost.metadata_bits = sparse_elements(packed, dataflow) * index_bits(s.m);
  cost.speedup = static_cast<double>(dense.cycles) / static_cast<double>(cost.array.cycles);
  return cost;
}

SparsityCost unstructured(const GemmShape& gemm, const ArrayShape& array, Dataflow dataflow,
                          const SparsityShape& s) {
  const bool a_sparse = dataflow == Dataflow::input_stationary;
  const std::int64_t rows = (a_sparse ? gemm.m : gemm.n) * gemm.repeats;
  const std::int64_t columns = a_sparse ? gemm.n : gemm.m;
  const auto peak = static_cast<std::int64_t>(array.peak_macs_per_cycle());
  const std::int64_t clusters = std::max<std::int64_t>(1, peak / s.cluster_multipliers);
  SparsityShape full = s;
  full.density = 1;

  SparsityCost cost;
  cost.active_macs = scaled(gemm.macs(), s.density);
  cost.array.macs = cost.active_macs;
  cost.array.cycles = unstructured_cycles(rows, columns, gemm.k, clusters, s);
  const auto nonzeros = scaled(sparse_elements(gemm, dataflow), s.density);
  cost.array.folds =
      std::max<std::int64_t>(1, (nonzeros + s.cluster_multipliers - 1) / s.cluster_multipliers);
  cost.array.mapping_efficiency =
      static_cast<double>(nonzeros) / static_cast<double>(cost.array.folds * s.cluster_multipliers);
  // Each fold streams the K indices it holds for every column;
  // at most all of its multipliers need different ones.
  const std::int64_t streamed = nonzeros * columns;
  cost.array.a_reads = a_sparse ? nonzeros : streamed;
  cost.array.b_reads = a_sparse ? streamed : nonzeros;
  cost.array.c_writes = gemm.m * gemm.n * gemm.repeats;
  cost.metadata_bits = sparse_elements(gemm, dataflow);  // bitmap, as SIGMA keeps it
  cost.speedup = static_cast<double>(unstructured_cycles(rows, columns, gemm.k, clusters, full)) /
                 static_cast<double>(cost.array.cycles);
  return cost;
}

}  // namespace

std::int64_t unstructured_cycles(std::int64_t rows, std::int64_t columns, std::int64_t k,
                                 std::int64_t clusters, const SparsityShape& s) {
  const auto wide_k = static_cast<double>(k);
  const auto wide_columns = static_cast<double>(columns);
  const auto wide_rows = static_cast<double>(rows);
  const double mean = wide_k * s.density;
  double total = 0;
  const double together = rows_per_fold(wide_k, s);
  if (together < 1.5) {
    total = wide_rows * long_row_cycles(wide_k, wide_columns, s);
  } else {
    const double distinct =
        std::min(wide_k * (1 - std::pow(1 - s.density, together)), together * std::max(mean, 1.0));
    total = std::max(1.0, wide_rows / together) * fold_cycles(distinct, wide_columns, s);
  }
  return std::max<std::int64_t>(1,
                                static_cast<std::int64_t>(std::ceil(total / static_cast<double>(clusters))));
}

SparsityCost sparse_gemm_cost(const GemmShape& gemm, const ArrayShape& array, Dataflow dataflow, CostLaw law,
                              const SparsityShape& sparsity) {
  KILN_CHECK(sparsity.density >= 0 && sparsity.density <= 1, "sparsity density {} is outside [0, 1]",
             sparsity.density);
  KILN_CHECK(sparsity.n > 0 && sparsity.n <= sparsity.m, "{}:{} sparsity: n must be in [1, m]", sparsity.n,
             sparsity.m);
  SparsityCost cost;
  switch (sparsity.scheme) {
    case SparsityScheme::dense:
    case SparsityScheme::zero_gated:
      cost.array = gemm_cost(gemm, array, dataflow, law);
      cost.active_macs =
          sparsity.scheme == SparsityScheme::dense ? gemm.macs() : scaled(gemm.macs(), sparsity.density);
      cost.gated_macs = gemm.macs() - cost.active_macs;
      break;
    case SparsityScheme::n_of_m:
      cost = structured(gemm, array, dataflow, law, sparsity);
      break;
    case SparsityScheme::unstructured:
      cost = unstructured(gemm, array, dataflow, sparsity);
      break;
  }
  cost.skipped_macs = gemm.macs() - cost.active_macs - cost.gated_macs;
  set_utilization(cost, array);
  return cost;
}

}  // namespace kiln::lowering
