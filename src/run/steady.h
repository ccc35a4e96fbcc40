// SPDX-License-Identifier: MIT
// Hot, as in use: the periodic steady state of step, heat and governor.
#pragma once

#include <string_view>

#include "run/replay.h"

namespace kiln::run {

/// The steady state of the highest operating point if the governor lets it stand; else what the device
/// settles at under its governor, replayed from cold: a fixed point, or the mean of a limit cycle. Throws
/// thermal::ThermalRunaway naming the block if neither exists.
Observed steady_state(StepStore& steps, device::Device& device);

/// The same for those who can do without: where there is none, thermal::TooHot says so with `instead`, what
/// to ask for in its place.
Observed steady_state_or(StepStore& steps, device::Device& device, std::string_view instead);

}  // namespace kiln::run
