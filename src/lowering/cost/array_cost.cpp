// SPDX-License-Identifier: MIT
#include "lowering/cost/array_cost.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <tuple>

#include "base/ceil_div.h"
#include "base/error.h"

namespace kiln::lowering {
namespace {

using base::ceil_div;

// ONNXim streams a tile in no fewer cycles than this (its systolic_ws core; matters for T < 4 only).
constexpr std::int64_t kMinStreamCycles = 4;

void require_valid(const GemmShape& gemm, const ArrayShape& array) {
  KILN_CHECK(gemm.m > 0 && gemm.n > 0 && gemm.k > 0 && gemm.repeats > 0,
             "GEMM {} x {} x {} repeated {} times: every extent must be positive", gemm.m, gemm.n, gemm.k,
             gemm.repeats);
  KILN_CHECK(gemm.added >= 0 && gemm.added <= gemm.repeats, "{} of {} products add to results", gemm.added,
             gemm.repeats);
  KILN_CHECK(array.rows > 0 && array.columns > 0 && array.macs_per_pe_per_cycle > 0,
             "MAC array {} x {} with {} MACs per element and cycle: all must be positive", array.rows,
             array.columns, array.macs_per_pe_per_cycle);
}

// Packing shortens K (several operands per element and
// cycle); a slow multiplier lengthens the stream instead.
std::int64_t packed_k(std::int64_t k, double lanes) {
  return lanes > 1 ? static_cast<std::int64_t>(std::ceil(static_cast<double>(k) / lanes)) : k;
}

std::int64_t stream_cycles(std::int64_t length, double lanes) {
  return lanes < 1 ? static_cast<std::int64_t>(std::ceil(static_cast<double>(length) / lanes)) : length;
}

// Rows or columns used by the last fold.
std::int64_t edge_extent(std::int64_t spatial, std::int64_t folds, std::int64_t array_extent) {
  return spatial - (folds - 1) * array_extent;
}

std::int64_t strict_cycles(const FoldPlan& plan, const ArrayShape& array, Dataflow dataflow,
                           std::int64_t repeats) {
  const std::int64_t load = dataflow == Dataflow::output_stationary ? 0 : array.rows;
  const std::int64_t per_fold = load + array.rows + array.columns + plan.stream - 2;
  return plan.row_folds * plan.column_folds * per_fold * repeats;
}

// Sum over folds of the initiation interval, plus the first load and the last drain. A fold may start when
// the previous one has streamed and its own stationary operand (or, output stationary, the previous outputs'
// way out) has moved through the rows it uses.
std::int64_t pipelined_cycles(const FoldPlan& plan, const ArrayShape& array, Dataflow dataflow,
                              std::int64_t repeats) {
  const std::int64_t rows = array.rows;
  const std::int64_t columns = array.columns;
  const auto used = [&](std::int64_t spatial, std::int64_t folds, std::int64_t extent) {
    return array.edge_aware_skew ? edge_extent(spatial, folds, extent) : extent;
  };
  const std::int64_t first_rows = plan.row_folds > 1 ? rows : used(plan.spatial_rows, 1, rows);
  const std::int64_t last_rows = used(plan.spatial_rows, plan.row_folds, rows);
  const std::int64_t last_columns = used(plan.spatial_columns, plan.column_folds, columns);
  const auto interval = [&](std::int64_t r) { return std::max({plan.stream, r, kMinStreamCycles}); };
  const std::int64_t body =
      repeats * plan.column_folds * ((plan.row_folds - 1) * interval(rows) + interval(last_rows));
  const std::int64_t first_load = dataflow == Dataflow::output_stationary ? 0 : 2 * first_rows - 1;
  return body + first_load + last_rows + last_columns - 2;
}

/// Operands and results need no way through the array; a stationary operand comes row by row behind the
/// stream before it.
std::int64_t broadcast_cycles(const FoldPlan& plan, const ArrayShape& array, Dataflow dataflow,
                              std::int64_t repeats) {
  const std::int64_t load =
      dataflow == Dataflow::output_stationary ? 1 : std::min<std::int64_t>(plan.spatial_rows, array.rows);
  return plan.row_folds * plan.column_folds * std::max(plan.stream, load) * repeats +
         (dataflow == Dataflow::output_stationary ? 0 : load);
}

std::int64_t cycles_of(const FoldPlan& plan, const ArrayShape& array, Dataflow dataflow, CostLaw law,
                       std::int64_t repeats) {
  switch (law) {
    case CostLaw::strict:
      return strict_cycles(plan, array, dataflow, repeats);
    case CostLaw::pipelined:
      return pipelined_cycles(plan, array, dataflow, repeats);
    case CostLaw::broadcast:
      return broadcast_cycles(plan, array, dataflow, repeats);
  }
  throw base::SimError("cost: not a law of cycles");
}

void count_sram_words(const GemmShape& g, const FoldPlan& plan, Dataflow dataflow,
                      std::int64_t columns_of_array, ArrayCost& cost) {
  const std::int64_t a = g.m * g.k * g.repeats;
  const std::int64_t b = g.k * g.n * g.repeats;
  const std::int64_t c = g.m * g.n * g.repeats;
  const std::int64_t fresh = g.m * g.n * (g.repeats - g.added);
  switch (dataflow) {
    case Dataflow::output_stationary:
      cost.a_reads = a * plan.column_folds;
      cost.b_reads = b * plan.row_folds;
      cost.c_writes = c;
      cost.c_reads = c - fresh;
      return;
    case Dataflow::weight_stationary:
      cost.a_reads = a * plan.column_folds;
      cost.b_reads = b;
      break;
    case Dataflow::input_stationary:
      cost.a_reads = a;
      cost.b_reads = b * plan.column_folds;
      break;
  }
  cost.c_writes = c * plan.row_folds;
  cost.c_reads = cost.c_writes - fresh;
  const std::int64_t streamed = dataflow == Dataflow::weight_stationary ? g.m : g.n;
  const std::int64_t columns = dataflow == Dataflow::weight_stationary ? g.n : g.m;
  cost.held_sums = streamed * std::min<std::int64_t>(columns, columns_of_array);
}

}  // namespace

FoldPlan plan_folds(const GemmShape& gemm, const ArrayShape& array, Dataflow dataflow) {
  require_valid(gemm, array);
  const double lanes = array.macs_per_pe_per_cycle;
  const std::int64_t k = packed_k(gemm.k, lanes);
  FoldPlan plan;
  switch (dataflow) {
    case Dataflow::output_stationary:
      plan = {gemm.m, gemm.n, stream_cycles(k, lanes)};
      break;
    case Dataflow::weight_stationary:
      plan = {k, gemm.n, stream_cycles(gemm.m, lanes)};
      break;
    case Dataflow::input_stationary:
      plan = {k, gemm.m, stream_cycles(gemm.n, lanes)};
      break;
  }
  plan.row_folds = ceil_div(plan.spatial_rows, array.rows);
  plan.column_folds = ceil_div(plan.spatial_columns, array.columns);
  return plan;
}

ArrayCost gemm_cost(const GemmShape& gemm, const ArrayShape& array, Dataflow dataflow, CostLaw law) {
  const FoldPlan plan = plan_folds(gemm, array, dataflow);
  ArrayCost cost;
  cost.folds = plan.row_folds * plan.column_folds * gemm.repeats;
  cost.macs = gemm.macs();
  cost.cycles = cycles_of(plan, array, dataflow, law, gemm.repeats);
  cost.mapping_efficiency =
      static_cast<double>(plan.spatial_rows * plan.spatial_columns) /
      static_cast<double>(plan.row_folds * array.rows * plan.column_folds * array.columns);
  cost.utilization =
      static_cast<double>(cost.macs) / (static_cast<double>(cost.cycles) * array.peak_macs_per_cycle());
  count_sram_words(gemm, plan, dataflow, array.columns, cost);
  return cost;
}

Dataflow best_dataflow(const GemmShape& gemm, const ArrayShape& array, CostLaw law,
                       const DataflowRule& rule) {
  constexpr std::array kAll = {Dataflow::weight_stationary, Dataflow::output_stationary,
                               Dataflow::input_stationary};
  std::array<Price, kAll.size()> prices;
  std::transform(kAll.begin(), kAll.end(), prices.begin(), [&](Dataflow dataflow) {
    const ArrayCost cost = gemm_cost(gemm, array, dataflow, law);
    const auto cycles = static_cast<double>(cost.cycles);
    return Price{cycles,
                 rule.word_bytes * static_cast<double>(cost.a_reads + cost.b_reads) +
                     rule.accumulator_bytes * (static_cast<double>(cost.c_reads) +
                                               rule.write_energy * static_cast<double>(cost.c_writes)) +
                     rule.cycle_energy * cycles};
  });
  return kAll[best_of(prices, rule.objective)];
}

}  // namespace kiln::lowering
