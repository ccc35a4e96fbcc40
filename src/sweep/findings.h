// SPDX-License-Identifier: MIT
// What a sweep shows, in words: how much its comparison axis changes, and where that is little, why.
#pragma once

#include <string>

#include "sweep/results.h"

namespace kiln::sweep {

/// One section per value of the column axis: the change of each plotted number against the first value of the
/// comparison axis, as a range over the remaining axes, and the reason taken from the points' own numbers.
std::string findings(const Table& table, const SweepConfig& sweep);

}  // namespace kiln::sweep
