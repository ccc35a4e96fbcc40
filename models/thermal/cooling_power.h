// SPDX-License-Identifier: MIT
// What a package's pumps and fans draw.
#pragma once

#include "thermal/thermal_model.h"

namespace kiln::thermal {

/// Electrical power of all pumps (micro-channels) and fans of the package, in W. A device on a face charges
/// its own (CooledModel::books).
double cooling_power_w(const ThermalModel& model);

}  // namespace kiln::thermal
