// SPDX-License-Identifier: MIT
// What the parts of the chip counted, of a whole step from a shortened one.
#pragma once

#include <string>
#include <vector>

#include "run/repeated_work.h"

namespace kiln::run {

/// Adds `times` what was counted from one moment to another.
void repeat_counts(const soc::PartCounts& from, const soc::PartCounts& to, double times, SimulatedPart& part);

/// What tiles counted: of tasks as their programs say, of time as the record of the whole step. Tiles are not
/// in step with one another to the moment, so what each did between two moments says little. Throws
/// base::SimError for a tile that has no such metrics.
void tell_tiles(const std::vector<std::string>& tiles, const lowering::LoweredStep& whole,
                const SimulatedPart& simulated, SimulatedPart& part);

}  // namespace kiln::run
