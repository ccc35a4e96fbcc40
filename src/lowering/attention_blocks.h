// SPDX-License-Identifier: MIT
// How large the blocks of a tiled attention are, by the local SRAM (FlashAttention, Dao et al. 2022, section
// 3.1: a block of one side stays, blocks of the other stream by). Internal to lowering.
#pragma once

#include <cstdint>

namespace kiln::lowering {

/// One product of queries and keys. Forward queries stay and keys stream by, backward the other way round.
struct AttentionSides {
  std::int64_t staying = 1, streaming = 1;        ///< rows
  double staying_bytes = 1, streaming_bytes = 1;  ///< of SRAM per row of a block, double buffers counted
  double score_bytes = 1;                         ///< of SRAM per score of a block that is worked on
  std::int64_t least_block = 1;                   ///< streaming rows that fill the array
  double capacity_bytes = 0;
  std::int64_t window = 0;     ///< streaming rows that a staying one meets, one of its own place among them;
                               ///< 0: all
  bool meets_earlier = false;  ///< with a window: those up to its own place, else those from there on
};

/// Rows of the blocks, and how often all that streams by is loaded.
struct AttentionBlocks {
  std::int64_t staying = 1, streaming = 1;
  std::int64_t passes = 1;
};

/// The blocks that move the fewest bytes: if all that streams by (with a window: all that a block meets) fits
/// beside a block that fills the array, it is loaded once; else the largest block that stays beside the
/// smallest that fills the array, and what is left for longer streams. Throws ConfigError where not even rows
/// of one and a block of the other fit.
AttentionBlocks attention_blocks(const AttentionSides&);

}  // namespace kiln::lowering
