// SPDX-License-Identifier: MIT
// Recorded bursts once more through an idle channel of either fidelity: what audits one by the other.
#pragma once

#include <span>
#include <vector>

#include "base/watch.h"
#include "dram/memory_engine.h"

namespace kiln::dram {

struct Replay {
  std::vector<Curve> curves;  ///< of each burst, in the order given
  base::TimePs end = 0;       ///< last completion
  CommandCounts counts;
};

/// Runs `bursts` (in order of arrival) through a channel that starts empty at `start`. Throws SimError when
/// it serves nobody any more.
Replay replay(sim::Fidelity fidelity, const DramConfig& config, std::span<const Burst> bursts,
              base::TimePs start, const base::Watch& watch = {});

/// The same, but each burst arrives as long after an earlier one of its stream is served as it did in the run
/// that served them by `curves` (see sim::SelfTimedStarts).
Replay replay_self_timed(sim::Fidelity fidelity, const DramConfig& config, std::span<const Burst> bursts,
                         std::span<const Curve> curves, base::TimePs start, const base::Watch& watch = {});

}  // namespace kiln::dram
