// SPDX-License-Identifier: MIT
// Puts copies of a stretch of time into windows of counts.
#pragma once

#include <vector>

#include "stats/ledger.h"

namespace kiln::run {

/// Of counts in the windows between two times; a window cut by one of them gives its share.
std::vector<stats::Counts> counted_between(const std::vector<stats::Window>& windows, base::TimePs begin,
                                           base::TimePs end);

/// Behind `end`, `copies` of what happened between `begin` and `end`; what follows comes as much later.
/// Together they have `totals` by block and kind, spread over them as the counts of the stretch are. Where
/// windows become more than stats::Ledger::kMostWindows, neighbours are merged.
void splice(std::vector<stats::Window>& windows, base::TimePs begin, base::TimePs end, std::int64_t copies,
            const std::vector<stats::Counts>& totals);

}  // namespace kiln::run
