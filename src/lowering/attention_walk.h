// SPDX-License-Identifier: MIT
// In which order blocks of queries and keys of a tiled attention meet, and what each step brings to the tile
// and takes away. Internal to lowering.
#pragma once

#include <vector>

#include "lowering/attention_blocks.h"
#include "lowering/slicing.h"

namespace kiln::lowering {

/// One block of each side. All shares are of rows; an empty one is nothing.
struct AttentionStep {
  Share staying;                     ///< the block that stays
  bool first = false, last = false;  ///< of the steps in which it does
  Share scores;   ///< of those that each staying row has, the ones that are formed in this step
  Share brought;  ///< streaming rows that are read
  Share fresh;    ///< of these, the ones that no step has read before
  Share summed;   ///< streaming rows whose sums so far are read
  Share stored;   ///< streaming rows whose sums are written
};

/// All steps of one product. Without a window every streaming row meets every staying one. With one, a row
/// meets the `window` rows that end (forward: keys of a query) or begin (backward: queries of a key) with its
/// own place; only their blocks are brought. Rows in front of the first and behind the last are taken to be
/// zeros that lie on the tile. Where all that a block meets fits beside it, what the next one meets, too,
/// stays.
std::vector<AttentionStep> attention_walk(const AttentionSides&, const AttentionBlocks&);

}  // namespace kiln::lowering
