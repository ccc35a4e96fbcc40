// SPDX-License-Identifier: MIT
// Bursts of the bulk tier run again at command granularity: the audit.
#pragma once

#include <span>
#include <vector>

#include "base/watch.h"
#include "dram/bulk_channel.h"
#include "dram/energy.h"

namespace kiln::dram {

struct Replay {
  std::vector<Curve> curves;  ///< of each burst, in the order given
  base::TimePs end = 0;       ///< last completion
  CommandCounts counts;
};

/// Runs `bursts` (in order of arrival) through an exact channel that starts empty at `start`. Reads and
/// writes wait in order of arrival, apart from each other, in front of the controller's queues, as in
/// BulkChannel. Throws SimError when the channel serves nobody any more.
Replay replay_exact(const DramConfig& config, std::span<const Burst> bursts, base::TimePs start,
                    const base::Watch& watch = {});

}  // namespace kiln::dram
