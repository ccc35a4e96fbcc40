// SPDX-License-Identifier: MIT
// What policies ask of the chip, its package and its memory.
#pragma once

#include "config/record.h"

namespace kiln::experiment {

struct ExperimentConfig;

/// Notes each policy that looks at a thermometer or asks for a clock which is not there, and refresh rates
/// that the memory cannot follow.
void check_governor(const ExperimentConfig&, config::Checker&);

}  // namespace kiln::experiment
