// SPDX-License-Identifier: MIT
// One load measured with several seeds.
#pragma once

#include "noc/load_point.h"

namespace kiln::noc {

/// Mean over several seeds, with its confidence: latencies over the runs that were stable, saturated when
/// most were not.
LoadResult measure_load_over_seeds(const NocConfig& config, const TrafficConfig& traffic,
                                   const MeasureConfig& measure, double load, std::uint64_t first_seed,
                                   int seeds);

}  // namespace kiln::noc
