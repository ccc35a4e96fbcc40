// SPDX-License-Identifier: MIT
// Droop of the supplies of core and memory under the step's current, and the activity factors of the logic.
#pragma once

#include "report/findings.h"
#include "report/validity.h"

namespace kiln::report {

/// How far the step's tasks make the core's rail give way, and what a stretching clock does about it. Empty
/// without a configured rail.
Numbers supply_numbers(const Findings& findings);

/// How far the step's commands make the memory's rail give way, and what that does to the data. Empty without
/// a rail of the memory.
Numbers memory_supply_numbers(const Findings& findings);

/// What its droops exceed: the standard's range, the data eye.
void judge_memory_supply(const Findings& findings, Validity& found);

/// Of a step: MACs whose result comes too late.
double late_macs(const run::SimulatedStep& step);

/// P = alpha C V^2 f per phase, as a cross-check: C is what the tiles move in a cycle with every MAC and the
/// edge of every array busy.
Numbers activity_factors(const Findings& findings);

}  // namespace kiln::report
