// SPDX-License-Identifier: MIT
#include "soc/executed.h"

#include "base/error.h"

namespace kiln::soc {

using lowering::LayerWork;
using stats::ActivityKind;
using Place = std::pair<int, int>;  ///< layer and phase

namespace {

std::map<Place, stats::Counts> counted(const stats::WorkCounts& work) {
  std::map<Place, stats::Counts> sums;
  for (const auto& [place, blocks] : work) {
    stats::Counts& sum = sums[place];
    for (const stats::Counts& counts : blocks) stats::add(sum, counts);
  }
  return sums;
}

/// An operation's name begins with its layer's.
std::string layer_name(const lowering::LoweredStep& step, int layer,
                       const std::vector<std::string>& op_names) {
  for (const lowering::TileProgram& tile : step.tiles)
    for (const lowering::Task& task : tile.tasks)
      if (task.layer == layer) {
        const std::string& name = op_names[static_cast<std::size_t>(task.op)];
        return name.substr(0, name.rfind('/'));
      }
  return layer < 0 ? "no layer" : fmt::format("layer {}", layer);
}

struct Comparison {
  const char* what;
  std::int64_t done, asked;
};

std::vector<Comparison> comparisons(const stats::Counts& counts, const LayerWork& work) {
  const auto done = [&](ActivityKind kind) { return stats::count_of(counts, kind); };
  return {
      {"MACs", stats::macs(counts), work.macs + work.gated_macs},
      {"gated MACs", done(ActivityKind::mac_gated), work.gated_macs},
      {"lane operations", done(ActivityKind::vector_op), work.vector_ops},
      {"comparisons", done(ActivityKind::sparsity_compare), work.codec_compares},
      {"B of residuals", done(ActivityKind::residual_access_byte), work.residual_bytes},
      {"B read from local SRAM", done(ActivityKind::local_sram_read_byte), work.sram_read_bytes},
      {"B written to local SRAM", done(ActivityKind::local_sram_write_byte), work.sram_write_bytes},
      {"B read from accumulators", done(ActivityKind::accumulator_read_byte), work.accumulator_read_bytes},
      {"B written to accumulators", done(ActivityKind::accumulator_write_byte), work.accumulator_write_bytes},
      {"B through the DMA", done(ActivityKind::dma_byte), work.load_bytes + work.store_bytes},
  };
}

}  // namespace

void check_executed(const lowering::LoweredStep& step, const stats::WorkCounts& booked,
                    const std::vector<std::string>& op_names) {
  std::map<Place, stats::Counts> done = counted(booked);
  std::map<Place, LayerWork> asked;
  for (const auto& [place, work] : lowering::work_of(step)) {
    const Place at{place.first, static_cast<int>(place.second)};
    asked[at] = work;
    done.try_emplace(at, stats::Counts{});
  }
  for (const auto& [place, counts] : done) {
    for (const Comparison& c : comparisons(counts, asked[place])) {
      if (c.done == c.asked) continue;
      const auto [layer, phase] = place;
      throw base::SimError(fmt::format(
          "{}, {}: the tiles did {} {}, their programs hold {}", layer_name(step, layer, op_names),
          phase < 0 ? "no phase" : workload::name_of(workload::Phase{phase}), c.done, c.what, c.asked));
    }
  }
}

}  // namespace kiln::soc
