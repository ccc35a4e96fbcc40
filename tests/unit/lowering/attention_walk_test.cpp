// SPDX-License-Identifier: MIT
// The steps of tiled attention against what rows see, counted one by one.
#include "lowering/attention_walk.h"

#include <set>

#include "support/catch.h"

using namespace kiln::lowering;

namespace {

/// Does a staying row meet a streaming one?
bool meets(const AttentionSides& sides, std::int64_t staying, std::int64_t streaming) {
  if (sides.window == 0) return true;
  const std::int64_t back = sides.meets_earlier ? staying - streaming : streaming - staying;
  return back >= 0 && back < sides.window;
}

std::set<std::int64_t> met_rows(const AttentionSides& sides, const Share& block) {
  std::set<std::int64_t> rows;
  for (std::int64_t staying = block.begin; staying < block.end; ++staying)
    for (std::int64_t streaming = 0; streaming < sides.streaming; ++streaming)
      if (meets(sides, staying, streaming)) rows.insert(streaming);
  return rows;
}

/// Goes through the steps as a tile does, and holds what it has against what it needs.
void check_walk(const AttentionSides& sides, const AttentionBlocks& blocks) {
  const bool kept = blocks.streaming == sides.streaming;
  std::set<std::int64_t> on_tile, begun, finished;
  std::int64_t scores = 0, brought = 0, wanted_bytes = 0, next_staying = 0, fresh = 0;
  std::set<std::int64_t> of_block;
  for (const AttentionStep& step : attention_walk(sides, blocks)) {
    if (step.first) {
      CHECK(step.staying.begin == next_staying);
      next_staying = step.staying.end;
      if (!kept) on_tile.clear();
      of_block.clear();
      wanted_bytes += static_cast<std::int64_t>(met_rows(sides, step.staying).size());
    }
    for (std::int64_t row = step.brought.begin; row < step.brought.end; ++row) on_tile.insert(row);
    brought += step.brought.size();
    fresh += step.fresh.size();
    scores += step.staying.size() * step.scores.size();
    // Sums so far of rows that were begun are read again before they are added to.
    if (!kept)
      for (std::int64_t row = step.brought.begin; row < step.brought.end; ++row)
        CHECK(begun.count(row) == (row >= step.summed.begin && row < step.summed.end ? 1U : 0U));
    for (std::int64_t row = step.stored.begin; row < step.stored.end; ++row) {
      begun.insert(row);
      if (kept) CHECK(finished.insert(row).second);  // written once, and not touched again
    }
    if (kept)
      for (const std::int64_t row : met_rows(sides, step.staying))
        CHECK((finished.count(row) == 0 || (row >= step.stored.begin && row < step.stored.end)));
    for (std::int64_t row = step.brought.begin; row < step.brought.end; ++row) of_block.insert(row);
    if (step.last) {
      const std::set<std::int64_t> needed = met_rows(sides, step.staying);
      for (const std::int64_t row : needed) CHECK(on_tile.count(row) == 1);
      if (!kept) CHECK(of_block == needed);  // nothing else
    }
  }
  CHECK(next_staying == sides.staying);
  CHECK(fresh == sides.streaming);
  CHECK(brought == (kept ? sides.streaming : wanted_bytes));
  CHECK(begun.size() == static_cast<std::size_t>(sides.streaming));
  CHECK(scores == sides.staying * (sides.window == 0 ? sides.streaming : sides.window));
}

}  // namespace

TEST_CASE("steps within a window bring each row that is met, as often as it is needed") {
  for (const std::int64_t rows : {5, 64, 100})
    for (const std::int64_t window : {1, 3, 17, 63, 99})
      for (const std::int64_t staying : {1, 7, 32, 100})
        for (const std::int64_t streaming : {2, 16, 100})
          for (const bool earlier : {true, false}) {
            if (window >= rows || staying > rows || streaming > rows) continue;
            INFO(rows << " rows, window " << window << ", blocks of " << staying << " and " << streaming
                      << (earlier ? ", forward" : ", backward"));
            AttentionSides sides;
            sides.staying = sides.streaming = rows;
            sides.window = window;
            sides.meets_earlier = earlier;
            check_walk(sides, {staying, streaming, 1});
            check_walk(sides, {staying, rows, 1});
          }
}

TEST_CASE("steps without a window bring every row once, or once a block") {
  for (const std::int64_t staying : {1, 7, 40})
    for (const std::int64_t streaming : {3, 16, 50}) {
      AttentionSides sides;
      sides.staying = 40;
      sides.streaming = 50;
      INFO("blocks of " << staying << " and " << streaming);
      check_walk(sides, {staying, streaming, 1});
    }
}

TEST_CASE("blocks within a window fit the SRAM with all that they meet, where a whole sequence would not") {
  for (const double capacity : {2e4, 1e5, 1e6})
    for (const std::int64_t window : {16, 128, 1024}) {
      INFO(capacity << " B, window " << window);
      AttentionSides sides{4096, 4096, 96, 64, 6, 32, capacity};
      const AttentionBlocks all = attention_blocks(sides);
      sides.window = window;
      const AttentionBlocks blocks = attention_blocks(sides);
      const bool kept = blocks.streaming == sides.streaming;
      const auto met = static_cast<double>(std::min<std::int64_t>(4096, window + blocks.staying - 1));
      if (kept) CHECK(static_cast<double>(blocks.staying) * (96 + 6 * 32) + met * 64 <= capacity);
      CHECK(kept == (static_cast<double>(window - 1) * 64 + 32 * (96 + 6 * 32 + 64) <= capacity));
      CHECK(blocks.passes <= all.passes);
    }
}
