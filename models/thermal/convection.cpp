// SPDX-License-Identifier: MIT
#include "thermal/convection.h"

#include <algorithm>
#include <cmath>

#include "base/units.h"

namespace kiln::thermal {
namespace {

// Air at 300 K, 1 atm (Incropera & DeWitt, table A.4).
constexpr double kConductivity_w_mk = 0.0263;
constexpr double kKinematicViscosity_m2_s = 15.89e-6;
constexpr double kDiffusivity_m2_s = 22.5e-6;
constexpr double kPrandtl = 0.707;
constexpr double kGravity_m_s2 = 9.81;
constexpr double kStefanBoltzmann_w_m2k4 = 5.670374e-8;

}  // namespace

double natural_convection_w_m2k(double rise_k, double length_m) {
  const double rayleigh = kGravity_m_s2 / 300.0 * std::abs(rise_k) * std::pow(length_m, 3) /
                          (kKinematicViscosity_m2_s * kDiffusivity_m2_s);
  const double nusselt = rayleigh < 1e7 ? 0.54 * std::pow(rayleigh, 0.25) : 0.15 * std::cbrt(rayleigh);
  return nusselt * kConductivity_w_mk / length_m;
}

double radiation_w_m2k(double surface_c, double ambient_c, double emissivity) {
  const double a = surface_c + base::kZeroCelsiusInKelvin, b = ambient_c + base::kZeroCelsiusInKelvin;
  return emissivity * kStefanBoltzmann_w_m2k4 * (a * a + b * b) * (a + b);
}

double forced_convection_w_m2k(double velocity_m_s, double length_m) {
  constexpr double kCritical = 5e5;
  const double reynolds = velocity_m_s * length_m / kKinematicViscosity_m2_s;
  const double nusselt = reynolds < kCritical
                             ? 0.664 * std::sqrt(reynolds) * std::cbrt(kPrandtl)
                             : (0.037 * std::pow(reynolds, 0.8) - 871.0) * std::cbrt(kPrandtl);
  return nusselt * kConductivity_w_mk / length_m;
}

double FanSink::resistance_at_k_w(double speed) const {
  const double still_w_k = 1.0 / still_resistance_k_w;
  const double blown_w_k = 1.0 / resistance_k_w - still_w_k;
  return 1.0 / (still_w_k + blown_w_k * std::pow(std::clamp(speed, 0.0, 1.0), exponent));
}

double FanSink::power_at_w(double speed) const {
  return power_w * std::pow(std::clamp(speed, 0.0, 1.0), 3);
}

}  // namespace kiln::thermal
