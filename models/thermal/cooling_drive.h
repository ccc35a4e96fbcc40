// SPDX-License-Identifier: MIT
// Forced cooling whose strength a policy sets: a fan, or the pump of a cold plate or of micro-channels.
#pragma once

#include <string>

#include "config/record.h"

namespace kiln::thermal {

struct Mesh;
struct PackageConfig;

/// How strength and power of forced cooling go with its drive (0: standing still, 1: full speed; flow is
/// proportional to it).
struct CoolingDriveConfig {
  std::string body;           ///< its top is swept by the flow; empty: the micro-channels of the package
  double full_power_w = 0;    ///< electrical, at full speed; micro-channels: from their pressure drop
  double flow_exponent = 0.8;  ///< of the coefficient
  double still_share = 0.1;    ///< of the full coefficient that is left without flow
};

/// The package as its cooling stands at `drive`: coefficients and flows scaled. A package without a drive is
/// returned as it is.
PackageConfig driven(const PackageConfig& package, double drive);

/// Electrical power of fan and pumps at `drive`; `mesh` is that of the driven package. A fan's power grows
/// with the cube of its speed (affinity laws), a pump's with flow times pressure drop.
double drive_power_w(const PackageConfig& package, const Mesh& mesh, double drive);

/// Of all micro-channels.
double pump_power_w(const Mesh& mesh);

const config::Record<CoolingDriveConfig>& describe(const CoolingDriveConfig*);

}  // namespace kiln::thermal
