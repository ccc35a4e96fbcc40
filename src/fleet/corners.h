// SPDX-License-Identifier: MIT
// The chips at the ends of the band of a device's joules.
#pragma once

#include "fleet/device_kind.h"
#include "fleet/worker.h"
#include "report/sensitivity.h"

namespace kiln::fleet {

/// How long a device worked in which time, and how hot it is, weigh the constants of its kind's step.
/// `steps`: that it took to do so. Throws as report::corners_of.
report::Corners corners_of(const DeviceKind& kind, const device::Device& device, const WorkerBooks& books,
                           double steps);

}  // namespace kiln::fleet
