// SPDX-License-Identifier: MIT
// From the bands of the chips' constants to those of a fleet's numbers, as a run's: the fleet is simulated
// again with the chips at the two ends of the band of a step's joules (report/sensitivity.h), all kinds of
// devices at the same end, since they are known by the same evidence. Links stay as they are.
// Of fleets of many events the first rounds are simulated again, and numbers moved as those of these rounds:
// temperatures by the ratio of their rises.
#pragma once

#include "fleet/run.h"

namespace kiln::fleet {

/// So many are simulated again of a fleet with so many events: all, or enough to be warm.
std::int64_t rounds_again(std::int64_t rounds, std::uint64_t events);

/// Fills in `result.bands` from at most so many rounds; `devices` are those that came to it. Throws
/// base::SimError or ConfigError where a constant within its band makes no chip.
void add_bands(const FleetConfig& config, Devices& devices, const FleetOptions& options, Result& result,
               std::int64_t most_rounds);

}  // namespace kiln::fleet
