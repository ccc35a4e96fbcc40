// SPDX-License-Identifier: MIT
// Droop of the core supply under the step's current, and the activity factors of the logic.
#pragma once

#include "report/findings.h"

namespace kiln::report {

/// How far the step's tasks make the core's rail give way, and what a stretching clock does about it. Empty
/// without a configured rail.
Numbers supply_numbers(const Findings& findings);

/// P = alpha C V^2 f per phase, as a cross-check: C is what the tiles move in a cycle with every MAC and the
/// edge of every array busy.
Numbers activity_factors(const Findings& findings);

}  // namespace kiln::report
