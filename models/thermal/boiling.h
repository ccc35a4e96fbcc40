// SPDX-License-Identifier: MIT
// Dielectric immersion: convection, nucleate boiling, critical heat flux and what comes after it.
#pragma once

#include "config/record.h"

namespace kiln::thermal {

/// A bath of dielectric liquid. Single phase: the bath never boils. Temperatures in degC.
struct BathConfig {
  double liquid_c = 49.0;  // bulk temperature; the saturation temperature in a two-phase bath
  double single_phase_w_m2k = 150.0;
  bool two_phase = true;
  double saturation_c = 56.6;
  double onset_k = 5.0;          // wall superheat at which boiling starts
  double boiling_w_m2k3 = 25.0;  // nucleate boiling flux = boiling * superheat^3 (Rohsenow's exponent)
  double critical_flux_w_m2 = 1.5e5;
  double film_w_m2k = 200.0;     // after the critical heat flux
  double rewet_flux_w_m2 = 3e4;  // film boiling ends below this
};

/// Boiling with memory: past the critical heat flux the wall
/// stays dry until its flux falls below the rewetting one.
class Bath {
 public:
  explicit Bath(const BathConfig& config) : config_(config) {}

  /// Flux from a wall at this temperature on the present branch, in W/m2; grows with temperature.
  double flux_w_m2(double wall_c) const;
  /// Notes a wall temperature and switches branch if it must. Returns true if it switched.
  bool settle(double wall_c);
  bool dry() const { return dry_; }
  /// Wall superheat at the critical heat flux.
  double critical_superheat_k() const;

 private:
  BathConfig config_;
  bool dry_ = false;
};

const config::Record<BathConfig>& describe(const BathConfig*);

}  // namespace kiln::thermal
