// SPDX-License-Identifier: MIT
// Bursts through the command-level engine: the audit of the bulk channel.
#pragma once

#include <span>
#include <vector>

#include "base/time.h"
#include "base/watch.h"
#include "dram/bulk_channel.h"
#include "dram/dram_config.h"

namespace kiln::dram {

/// When the last access of each burst is complete on an idle
/// channel that sees these bursts, in order of arrival.
std::vector<base::TimePs> serve_exactly(const DramConfig& config, std::span<const Burst> bursts,
                                        const base::Watch& watch = {});
/// The same by the bulk engine.
std::vector<base::TimePs> serve_in_bulk(const DramConfig& config, std::span<const Burst> bursts,
                                        const base::Watch& watch = {});

}  // namespace kiln::dram
