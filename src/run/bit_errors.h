// SPDX-License-Identifier: MIT
// Bit errors of memory and gradient SRAM at the temperatures, voltages and refresh rates a run saw.
#pragma once

#include <vector>

#include "run/results.h"

namespace kiln::run {

/// By region of the memory (kind of tensor) and by SRAM buffer, for stats.json.
std::vector<stats::Sample> bit_error_samples(const Findings& findings);
/// For the summary: the memory's rate and the wrong bits a step reads.
Numbers bit_error_numbers(const Findings& findings);

}  // namespace kiln::run
