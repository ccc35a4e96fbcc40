// SPDX-License-Identifier: MIT
#include "lowering/cost/depthwise_cost.h"

#include <algorithm>
#include <cmath>

#include "base/ceil_div.h"
#include "base/error.h"

namespace kiln::lowering {
namespace {

using base::ceil_div;

// Rows per pixel, pixels side by side in a column, folds
// over a kernel larger than the column, cycles per fold.
struct ColumnPlan {
  std::int64_t rows_per_pixel;
  std::int64_t pixels_per_cycle;
  std::int64_t kernel_folds;
  std::int64_t stream;
};

ColumnPlan plan_column(const DepthwiseShape& shape, const ArrayShape& array) {
  const double lanes = array.macs_per_pe_per_cycle;
  const auto packed = [&](std::int64_t k) {
    return lanes > 1 ? static_cast<std::int64_t>(std::ceil(static_cast<double>(k) / lanes)) : k;
  };
  ColumnPlan plan{};
  const std::int64_t rows_needed = packed(shape.kernel_positions);
  plan.kernel_folds = ceil_div(rows_needed, array.rows);
  plan.rows_per_pixel = ceil_div(rows_needed, plan.kernel_folds);
  plan.pixels_per_cycle = std::min<std::int64_t>(array.rows / plan.rows_per_pixel, shape.pixels);
  plan.stream = ceil_div(shape.pixels, plan.pixels_per_cycle);
  if (lanes < 1) plan.stream = static_cast<std::int64_t>(std::ceil(static_cast<double>(plan.stream) / lanes));
  return plan;
}

}  // namespace

GemmShape one_column_gemm(const DepthwiseShape& shape, DepthwisePass pass) {
  if (pass == DepthwisePass::activation) return {shape.pixels, 1, shape.kernel_positions, shape.channels};
  return {shape.kernel_positions, 1, shape.pixels, shape.channels};
}

ArrayCost depthwise_cost(const DepthwiseShape& shape, const ArrayShape& array, CostLaw law,
                         DepthwisePass pass) {
  KILN_CHECK(shape.channels > 0 && shape.pixels > 0 && shape.kernel_positions > 0,
             "depthwise layer of {} channels, {} pixels, {} kernel positions: all must be positive",
             shape.channels, shape.pixels, shape.kernel_positions);
  KILN_CHECK(array.rows > 0 && array.columns > 0 && array.macs_per_pe_per_cycle > 0,
             "MAC array {} x {}: must be positive", array.rows, array.columns);
  if (law == CostLaw::broadcast) {
    const GemmShape gemm = one_column_gemm(shape, pass);
    return gemm_cost(gemm, array, best_dataflow(gemm, array, law), law);
  }
  const ColumnPlan column = plan_column(shape, array);
  const std::int64_t channel_folds = ceil_div(shape.channels, array.columns);
  const std::int64_t rows_used = column.rows_per_pixel * column.pixels_per_cycle;

  ArrayCost cost;
  cost.folds = channel_folds * column.kernel_folds;
  cost.macs = shape.macs();
  // Kernels move in through the rows before the stream; sums move out through the rows of one pixel after it,
  // and in the weight pass the groups of a column are added on the way, which takes all rows used.
  const std::int64_t load = pass == DepthwisePass::activation ? rows_used : 0;
  const std::int64_t drain = pass == DepthwisePass::activation ? column.rows_per_pixel : rows_used;
  const std::int64_t exposed = load + drain;
  if (law == CostLaw::strict) {
    cost.cycles = cost.folds * (column.stream + exposed);
  } else {
    cost.cycles = cost.folds * std::max({column.stream, load, drain}) + exposed;
  }
  const double mapped =
      static_cast<double>(shape.channels) / static_cast<double>(channel_folds * array.columns);
  cost.mapping_efficiency = mapped * static_cast<double>(rows_used) / array.rows;
  cost.utilization =
      static_cast<double>(cost.macs) / (static_cast<double>(cost.cycles) * array.peak_macs_per_cycle());

  const std::int64_t weights = shape.channels * shape.kernel_positions;
  const std::int64_t outputs = shape.channels * shape.pixels;
  if (pass == DepthwisePass::activation) {
    cost.a_reads = cost.macs;  // no reuse of overlapping windows is assumed: an upper bound
    cost.b_reads = weights;
    cost.c_writes = outputs * column.kernel_folds;
    cost.c_reads = outputs * (column.kernel_folds - 1);
  } else {
    cost.a_reads = cost.macs;
    cost.b_reads = outputs * column.kernel_folds;  // the errors take the place of the kernels
    cost.c_writes = weights;
  }
  return cost;
}

}  // namespace kiln::lowering
