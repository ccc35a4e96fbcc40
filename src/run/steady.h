// SPDX-License-Identifier: MIT
// Hot, as in use: the periodic steady state of step, heat and governor.
#pragma once

#include "run/replay.h"

namespace kiln::run {

/// The steady state of the highest operating point if the governor lets it stand; else what the device
/// settles at under its governor, replayed from cold: a fixed point, or the mean of a limit cycle. Throws
/// thermal::ThermalRunaway naming the block if neither exists.
Observed steady_state(StepStore& steps, device::Device& device);

}  // namespace kiln::run
