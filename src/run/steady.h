// SPDX-License-Identifier: MIT
// Hot, as in use: the periodic steady state of step, heat and governor.
#pragma once

#include "run/replay.h"

namespace kiln::run {

/// The governor's fixed point, or the average of its limit cycle: replays control periods at steady
/// temperatures, and while the governor moves, jumps to the temperatures that its mean power would settle at.
Observed steady_state(StepStore& steps, Device& device);

}  // namespace kiln::run
