// SPDX-License-Identifier: MIT
// What a channel did in short stretches of time: what the rail that feeds the memory feels.
#pragma once

#include <cstdint>
#include <vector>

#include "base/time.h"
#include "dram/energy.h"
#include "stats/ledger.h"

namespace kiln::dram {

/// Commands whose current flows from `begin` to `end`, evenly: activates while their rows are restored
/// (tRAS), accesses while they have the column path, refreshes for tRFC.
struct Exertion {
  base::TimePs begin = 0, end = 0;
  std::int64_t activates = 0;
  std::int64_t reads = 0, writes = 0;  ///< accesses; of patrol scrubbing and check bits, too
  std::int64_t refreshes_all_bank = 0, refreshes_per_bank = 0;
};
using ExertionLog = std::vector<Exertion>;

/// Adds to the log of one channel; accesses that follow the last ones without a gap become one with them.
void add(ExertionLog& log, const Exertion& exertion);

CommandCounts counts_of(const DramConfig& config, const Exertion& exertion);

/// Activity of the memory device, as the ledger has it.
stats::Counts device_activity(const DramConfig& config, const CommandCounts& counts);

}  // namespace kiln::dram
