// SPDX-License-Identifier: MIT
#include "lowering/cost/buffer_traffic.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "base/ceil_div.h"
#include "base/error.h"

namespace kiln::lowering {
namespace {

using base::ceil_div;

bool fits(std::int64_t words, std::int64_t buffer) {
  return words <= active_half(buffer);
}

// Output stationary: the filter comes in panels of one column fold, each used by every row fold. A panel
// larger than the window is fetched for every row fold. Smaller ones are fetched once, except that the panel
// on a window's edge has left the window when the next row fold wants its head again: the following window
// restarts at that panel.
std::int64_t windowed_filter_words(const GemmShape& g, const FoldPlan& plan, const ArrayShape& array,
                                   std::int64_t window) {
  const std::int64_t distinct = g.k * g.n;
  const std::int64_t panel = g.k * std::min<std::int64_t>(g.n, array.columns);
  if (plan.row_folds == 1) return distinct;
  if (panel > window) {
    const std::int64_t edge = distinct - (plan.column_folds - 1) * panel;
    return (distinct - edge) * plan.row_folds + (edge > window ? edge * plan.row_folds : edge);
  }
  std::int64_t again = 0;
  for (std::int64_t start = 0; start + window < distinct;) {
    const std::int64_t end = start + window;
    start = end / panel * panel;
    again += end - start;
  }
  return distinct + again;
}

}  // namespace

std::int64_t active_half(std::int64_t words) {
  return 50 * (words / 100);
}

BufferTraffic strict_traffic(const GemmShape& g, const ArrayShape& array, Dataflow dataflow,
                             const BufferWords& buffers, std::int64_t a_distinct) {
  const FoldPlan plan = plan_folds(g, array, dataflow);
  const std::int64_t b_distinct = g.k * g.n;
  const std::int64_t outputs = g.m * g.n;
  const auto streamed = [&](std::int64_t distinct, std::int64_t buffer) {
    return fits(distinct, buffer) ? distinct : distinct * plan.column_folds;
  };
  BufferTraffic traffic;
  switch (dataflow) {
    case Dataflow::output_stationary:
      traffic = {streamed(a_distinct, buffers.a),
                 windowed_filter_words(g, plan, array, active_half(buffers.b)), outputs};
      break;
    case Dataflow::weight_stationary:
      traffic = {streamed(a_distinct, buffers.a), b_distinct, outputs * plan.row_folds};
      break;
    case Dataflow::input_stationary:
      traffic = {a_distinct, streamed(b_distinct, buffers.b), outputs * plan.row_folds};
      break;
  }
  return {traffic.a_words * g.repeats, traffic.b_words * g.repeats, traffic.c_words * g.repeats};
}

BufferTraffic pipelined_traffic(const GemmShape& g, const ArrayShape& array, Dataflow dataflow,
                                const BufferWords& buffers, std::int64_t a_distinct) {
  const FoldPlan plan = plan_folds(g, array, dataflow);
  const std::int64_t b_distinct = g.k * g.n;
  const std::int64_t outputs = g.m * g.n;
  const auto half = [](std::int64_t words) { return std::max<std::int64_t>(1, active_half(words)); };

  // Partial sums of one column fold live at once; what does not fit leaves the chip every row fold.
  const std::int64_t streamed = dataflow == Dataflow::weight_stationary ? g.m : g.n;
  const std::int64_t live = streamed * std::min<std::int64_t>(plan.spatial_columns, array.columns);
  const bool spills = dataflow != Dataflow::output_stationary && live > half(buffers.c);
  const std::int64_t writes = spills ? outputs * plan.row_folds : outputs;
  const std::int64_t reads = writes - outputs;

  // A stays and B passes once per slab of A that fits; the other way round; or blocks of C stay.
  const std::int64_t block_n =
      std::min(g.n, std::max<std::int64_t>(1, std::llround(std::sqrt(half(buffers.c)))));
  const std::int64_t block_m = std::max<std::int64_t>(1, half(buffers.c) / block_n);
  const std::array<BufferTraffic, 3> orders = {
      BufferTraffic{a_distinct, b_distinct * ceil_div(a_distinct, half(buffers.a)), writes, reads},
      BufferTraffic{a_distinct * ceil_div(b_distinct, half(buffers.b)), b_distinct, writes, reads},
      BufferTraffic{a_distinct * ceil_div(g.n, block_n), b_distinct * ceil_div(g.m, block_m), outputs, 0}};
  const BufferTraffic& best =
      *std::min_element(orders.begin(), orders.end(),
                        [](const BufferTraffic& x, const BufferTraffic& y) { return x.total() < y.total(); });
  return {best.a_words * g.repeats, best.b_words * g.repeats, best.c_words * g.repeats,
          best.c_read_words * g.repeats};
}

std::int64_t overlapped_cycles(std::int64_t compute_cycles, const BufferTraffic& traffic,
                               const BufferWords& buffers, double words_per_cycle) {
  KILN_CHECK(words_per_cycle > 0, "memory bandwidth of {} words per cycle must be positive", words_per_cycle);
  const auto loads =
      static_cast<double>(traffic.a_words + traffic.b_words + traffic.c_read_words) / words_per_cycle;
  const auto stores = static_cast<double>(traffic.c_words) / words_per_cycle;
  const auto tiles_of = [](std::int64_t words, std::int64_t buffer) {
    return ceil_div(words, std::max<std::int64_t>(1, active_half(buffer)));
  };
  const auto tiles = static_cast<double>(
      std::max({std::int64_t{1}, tiles_of(traffic.a_words, buffers.a), tiles_of(traffic.b_words, buffers.b),
                tiles_of(traffic.c_words, buffers.c)}));
  const auto compute = static_cast<double>(compute_cycles);
  const double steady = std::max(compute, loads + stores) * (tiles - 1) / tiles;
  const double ends = (loads + compute + stores) / tiles;
  return static_cast<std::int64_t>(std::ceil(steady + ends - 1e-9));
}

}  // namespace kiln::lowering
