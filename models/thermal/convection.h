// SPDX-License-Identifier: MIT
// Heat transfer coefficients of air and of forced flow, as inputs of a package's boundaries.
#pragma once

#include "config/record.h"

namespace kiln::thermal {

inline constexpr double kGravity_m_s2 = 9.81;

/// Natural convection of air at about 300 K from a plate
/// facing up (Incropera & DeWitt eq. 9.30, 9.31), in W/m2K.
double natural_convection_w_m2k(double rise_k, double length_m);

/// Radiation, linearised between the surface and its surroundings, in W/m2K.
double radiation_w_m2k(double surface_c, double ambient_c, double emissivity);

/// Laminar or mixed forced convection of air over a plate (Incropera & DeWitt eq. 7.30, 7.38), in W/m2K.
double forced_convection_w_m2k(double velocity_m_s, double length_m);

/// Forced flow of air or liquid over a face whose strength is meant at full speed: a fan, or the pump of a
/// cold plate. The coefficient falls with speed, power grows with its cube (affinity laws).
struct ForcedFlowConfig {
  double speed = 1.0;  // share of full speed
  double full_power_w = 1.0;
  double still_share = 0.16;  // of the coefficient that is left when the flow stands
  double exponent = 0.8;      // of the rest with speed

  double strength() const;  // share of the coefficient at full speed
  double power_w() const;
};

const config::Record<ForcedFlowConfig>& describe(const ForcedFlowConfig*);

}  // namespace kiln::thermal
