// SPDX-License-Identifier: MIT
// Bit errors of memory and gradient SRAM at the temperatures, voltages and refresh rates a run saw.
#pragma once

#include <vector>

#include "report/findings.h"

namespace kiln::report {

/// By region of the memory (kind of tensor) and by SRAM buffer, for stats.json.
std::vector<stats::Sample> bit_error_samples(const Findings& findings);
/// Share of stored DRAM bits that retention loses in a refresh interval, mean over the observed time.
double dram_bit_error_rate(const Findings& findings);
/// Wrong bits expected in what one step reads, by memory.
Numbers bit_errors_per_step(const Findings& findings);

}  // namespace kiln::report
