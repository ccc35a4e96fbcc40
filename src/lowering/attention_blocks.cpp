// SPDX-License-Identifier: MIT
#include "lowering/attention_blocks.h"

#include <algorithm>

#include "base/ceil_div.h"
#include "base/error.h"

namespace kiln::lowering {
namespace {

/// The largest staying block beside a streaming one; 0 if none fits. Scores exist for `least_block` streaming
/// rows at a time.
std::int64_t staying_rows(const AttentionSides& sides, std::int64_t streaming) {
  const double left = sides.capacity_bytes - static_cast<double>(streaming) * sides.streaming_bytes;
  const double row =
      sides.staying_bytes + sides.score_bytes * static_cast<double>(std::min(streaming, sides.least_block));
  return std::clamp<std::int64_t>(static_cast<std::int64_t>(left / row), 0, sides.staying);
}

/// The largest staying block beside all rows that it meets; 0 if there is none. A block of s rows with a
/// window of w meets s + w - 1 rows, or all.
std::int64_t staying_beside_all(const AttentionSides& sides) {
  const std::int64_t beside_all = staying_rows(sides, sides.streaming);
  if (sides.window == 0) return beside_all;
  const double left = sides.capacity_bytes - static_cast<double>(sides.window - 1) * sides.streaming_bytes;
  const double row = sides.staying_bytes + sides.streaming_bytes +
                     sides.score_bytes * static_cast<double>(std::min(sides.streaming, sides.least_block));
  return std::max(beside_all,
                  std::clamp<std::int64_t>(static_cast<std::int64_t>(left / row), 0, sides.staying));
}

}  // namespace

AttentionBlocks attention_blocks(const AttentionSides& sides) {
  const std::int64_t beside_all = staying_beside_all(sides);
  if (beside_all >= std::min(sides.staying, sides.least_block)) {
    const std::int64_t blocks = base::ceil_div(sides.staying, beside_all);
    return {base::ceil_div(sides.staying, blocks), sides.streaming, 1};
  }
  const std::int64_t least = std::min(sides.streaming, sides.least_block);
  const std::int64_t most = staying_rows(sides, least);
  if (most == 0)
    throw base::ConfigError(
        {}, "soc.npu.local_sram",
        fmt::format("no block of attention with {} rows of {} B fits {} bytes of it; enlarge it or lower "
                    "soc.resident_share",
                    least, sides.streaming_bytes, sides.capacity_bytes));
  AttentionBlocks blocks;
  blocks.passes = base::ceil_div(sides.staying, most);
  blocks.staying = base::ceil_div(sides.staying, blocks.passes);
  const double left =
      sides.capacity_bytes - static_cast<double>(blocks.staying) *
                                 (sides.staying_bytes + sides.score_bytes * static_cast<double>(least));
  blocks.streaming = std::clamp<std::int64_t>(static_cast<std::int64_t>(left / sides.streaming_bytes), least,
                                              sides.streaming);
  return blocks;
}

}  // namespace kiln::lowering
