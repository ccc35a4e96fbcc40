// SPDX-License-Identifier: MIT
// The contract between what a step was told to do and what the ledger says was done.
#pragma once

#include <string>
#include <vector>

#include "lowering/work.h"
#include "stats/ledger.h"

namespace kiln::soc {

/// By layer and phase the tiles did every MAC, lane operation and byte that their programs hold, and
/// no other. `op_names` are those of the graph's operations. Throws base::SimError naming layer,
/// phase and both numbers.
void check_executed(const lowering::LoweredStep& step, const stats::WorkCounts& booked,
                    const std::vector<std::string>& op_names);

}  // namespace kiln::soc
