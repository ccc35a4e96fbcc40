// SPDX-License-Identifier: MIT
// Fans and pumps of a package: how they are driven and what they draw. A device on a face (face_device.h) is
// driven and charged by CooledModel.
#pragma once

#include "thermal/thermal_model.h"

namespace kiln::thermal {

/// True if a policy has something to drive: a forced flow over a face or through micro-channels.
bool has_forced_cooling(const PackageConfig& package);

/// The package with its fans and flows at `drive` (0: standing still, 1: as configured). Flow in
/// micro-channels never falls below 2 %: without any, their heat would have no way out.
PackageConfig driven(const PackageConfig& package, double drive);

/// Electrical power of all fans and pumps, in W: fans by
/// the cube of speed, pumps by flow times pressure drop.
double cooling_power_w(const ThermalModel& model);

}  // namespace kiln::thermal
