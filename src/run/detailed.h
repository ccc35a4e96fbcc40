// SPDX-License-Identifier: MIT
// Whole steps in the SystemC kernel with heat and governor in the loop: what replay is held against.
#pragma once

#include <cstdint>

#include "device/device.h"
#include "run/observed.h"
#include "run/step_store.h"

namespace kiln::run {

/// From ambient temperature, `count` steps, back to back or at the rate asked for. The operating point
/// changes in the middle of steps.
Observed detailed_run(StepStore& steps, device::Device& device, std::int64_t count);

}  // namespace kiln::run
