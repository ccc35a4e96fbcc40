// SPDX-License-Identifier: MIT
// What the step's current does to the supply of the core domain, and how busy its gates are.
#pragma once

#include "run/results.h"

namespace kiln::run {

/// Droop at the worst rise of current between two windows of the step (or out of idle), with and without a
/// stretching clock. Empty without a configured rail.
Numbers supply_numbers(const Findings& findings);

/// P = alpha C V^2 f per phase, as a cross-check: C is what the tiles move in a cycle with every MAC and the
/// edge of every array busy.
Numbers activity_factors(const Findings& findings);

}  // namespace kiln::run
