// SPDX-License-Identifier: MIT
// Whether refreshes can be done as fast as they fall due, beside the accesses.
#pragma once

#include <string>

namespace kiln::dram {

struct DramConfig;

/// Of a bank (per-bank) or rank: JESD79-4 4.26, JESD209-4 4.13.
inline constexpr int kPostponedRefreshes = 8;

/// Why refreshes of `config` at this command clock and refresh rate would starve accesses or be owed without
/// end, with the keys to change; empty if they would not.
std::string refresh_problem(const DramConfig& config, double clock_hz, double refresh_rate);

}  // namespace kiln::dram
