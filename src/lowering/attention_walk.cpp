// SPDX-License-Identifier: MIT
#include "lowering/attention_walk.h"

#include <algorithm>

#include "base/ceil_div.h"

namespace kiln::lowering {
namespace {

/// The `index`-th block of `rows` rows that are cut into blocks of `block`.
Share block_of(std::int64_t rows, std::int64_t block, std::int64_t index) {
  return {index * block, std::min(rows, (index + 1) * block), rows};
}

std::vector<AttentionStep> walk_all(const AttentionSides& sides, const AttentionBlocks& blocks) {
  const std::int64_t staying = base::ceil_div(sides.staying, blocks.staying),
                     streaming = base::ceil_div(sides.streaming, blocks.streaming);
  const Share nothing{0, 0, sides.streaming};
  std::vector<AttentionStep> steps;
  for (std::int64_t i = 0; i < staying; ++i)
    for (std::int64_t j = 0; j < streaming; ++j) {
      const Share rows = block_of(sides.streaming, blocks.streaming, j);
      const bool kept = rows.whole();  // what streams by lies there since the first block
      AttentionStep step;
      step.staying = block_of(sides.staying, blocks.staying, i);
      step.first = j == 0;
      step.last = j + 1 == streaming;
      step.scores = rows;
      step.brought = i == 0 || !kept ? rows : nothing;
      step.fresh = i == 0 ? rows : nothing;
      step.summed = i > 0 && !kept ? rows : nothing;
      step.stored = i + 1 == staying || !kept ? rows : nothing;
      steps.push_back(step);
    }
  return steps;
}

/// Streaming rows that a staying block meets.
Share met_by(const AttentionSides& sides, const Share& staying) {
  const std::int64_t reach = sides.window - 1;
  return {std::max<std::int64_t>(0, staying.begin - (sides.meets_earlier ? reach : 0)),
          std::min(sides.streaming, staying.end + (sides.meets_earlier ? 0 : reach)), sides.streaming};
}

Share behind(const Share& rows, std::int64_t place) {
  return {std::clamp(place, rows.begin, rows.end), rows.end, rows.total};
}

Share in_front(const Share& rows, std::int64_t place) {
  return {rows.begin, std::clamp(place, rows.begin, rows.end), rows.total};
}

/// All that a block meets lies there; `met` is seen by the blocks before up to `known`.
AttentionStep kept_step(const AttentionSides& sides, const Share& staying, const Share& met,
                        std::int64_t known, std::int64_t stored) {
  AttentionStep step;
  step.staying = staying;
  step.first = step.last = true;
  step.scores = {0, sides.window, sides.window};
  step.brought = step.fresh = behind(met, known);
  step.summed = {0, 0, sides.streaming};
  const bool ends = staying.end == sides.staying;
  const Share next = met_by(sides, {staying.end, staying.end + 1, sides.staying});
  step.stored = {stored, ends ? sides.streaming : std::max(stored, next.begin), sides.streaming};
  return step;
}

std::vector<AttentionStep> walk_window(const AttentionSides& sides, const AttentionBlocks& blocks) {
  std::vector<AttentionStep> steps;
  const bool kept = blocks.streaming == sides.streaming;
  std::int64_t known = 0, stored = 0;
  for (std::int64_t i = 0; i < base::ceil_div(sides.staying, blocks.staying); ++i) {
    const Share staying = block_of(sides.staying, blocks.staying, i), met = met_by(sides, staying);
    const std::int64_t pieces = kept ? 1 : base::ceil_div(met.size(), blocks.streaming);
    for (std::int64_t j = 0; j < pieces; ++j) {
      AttentionStep step = kept_step(sides, staying, met, known, stored);
      if (!kept) {
        const Share piece = block_of(met.size(), blocks.streaming, j);
        step.brought = step.stored = {met.begin + piece.begin, met.begin + piece.end, sides.streaming};
        step.fresh = behind(step.brought, known);
        step.summed = in_front(step.brought, known);
        step.scores = {sides.window * j / pieces, sides.window * (j + 1) / pieces, sides.window};
        step.first = j == 0;
        step.last = j + 1 == pieces;
      }
      steps.push_back(step);
    }
    known = met.end;
    stored = steps.back().stored.end;
  }
  return steps;
}

}  // namespace

std::vector<AttentionStep> attention_walk(const AttentionSides& sides, const AttentionBlocks& blocks) {
  return sides.window > 0 ? walk_window(sides, blocks) : walk_all(sides, blocks);
}

}  // namespace kiln::lowering
