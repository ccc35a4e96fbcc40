// SPDX-License-Identifier: MIT
// The converters between the supply and the chip's rails, stage by stage, at the mean power of a run.
#pragma once

#include <string>

#include "report/findings.h"

namespace kiln::report {

/// What the supply gives in W, how much of it reaches loads, and what each converter loses in W. Empty
/// without `soc.delivery`.
Numbers delivery_numbers(const Findings& findings);
/// A row per converter: source, volts, watts out and lost, efficiency, and whether it heats the board. Only
/// the header without `soc.delivery`.
std::string delivery_csv(const Findings& findings);
/// "400 V DC bus gives 21.3 W, 84.2 % arrive; lost in core 0.9 W, ..."
std::string delivery_text(const Findings& findings);

}  // namespace kiln::report
