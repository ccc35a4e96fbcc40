// SPDX-License-Identifier: MIT
// Heat transfer coefficients of air and of fans, as inputs of a package's boundaries.
#pragma once

namespace kiln::thermal {

/// Natural convection of air at about 300 K from a plate facing up (Incropera & DeWitt eq. 9.30, 9.31), in W/m2K.
double natural_convection_w_m2k(double rise_k, double length_m);

/// Radiation, linearised between the surface and its surroundings, in W/m2K.
double radiation_w_m2k(double surface_c, double ambient_c, double emissivity);

/// Laminar or mixed forced convection of air over a plate (Incropera & DeWitt eq. 7.30, 7.38), in W/m2K.
double forced_convection_w_m2k(double velocity_m_s, double length_m);

/// A sink with a fan: resistance falls with speed, power grows with its cube (fan laws).
struct FanSink {
  double resistance_k_w = 0.8;     // at full speed
  double still_resistance_k_w = 5.0;
  double power_w = 2.0;            // at full speed
  double exponent = 0.8;           // of the convective conductance with speed; turbulent fins

  double resistance_at_k_w(double speed) const;  // speed 0 to 1
  double power_at_w(double speed) const;
};

}  // namespace kiln::thermal
