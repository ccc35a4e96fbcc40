// SPDX-License-Identifier: MIT
#include "thermal/convection.h"

#include <cmath>

#include "base/units.h"

namespace kiln::thermal {
namespace {

// Air at 300 K, 1 atm (Incropera & DeWitt, table A.4).
constexpr double kConductivity_w_mk = 0.0263;
constexpr double kKinematicViscosity_m2_s = 15.89e-6;
constexpr double kDiffusivity_m2_s = 22.5e-6;
constexpr double kPrandtl = 0.707;
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

double ForcedFlowConfig::strength() const {
  return still_share + (1.0 - still_share) * std::pow(speed, exponent);
}

double ForcedFlowConfig::power_w() const {
  return full_power_w * speed * speed * speed;
}

const config::Record<ForcedFlowConfig>& describe(const ForcedFlowConfig*) {
  using base::Dimension;
  static const auto record =
      config::Record<ForcedFlowConfig>(
          "forced_flow", "Fan or pump of a face, whose strength is meant at full speed; policies drive it")
          .field("speed", &ForcedFlowConfig::speed,
                 {.doc = "Share of full speed",
                  .unit = Dimension::fraction,
                  .min = 0.0,
                  .max = 1.0,
                  .source = "full speed"})
          .field("power", &ForcedFlowConfig::full_power_w,
                 {.doc = "Electrical power at full speed; goes with the cube of speed",
                  .unit = Dimension::power,
                  .min = 0.0,
                  .max = 1e3,
                  .source = "estimate: fans of 40 to 60 mm take 0.5 to 2 W"})
          .field(
              "still_share", &ForcedFlowConfig::still_share,
              {.doc = "Share of the coefficient that is left when the flow stands",
               .unit = Dimension::fraction,
               .min = 1e-3,
               .max = 1.0,
               .source = "estimate: a finned sink of 60 x 60 mm has 5 K/W in still air and 0.8 K/W blown at"})
          .field("exponent", &ForcedFlowConfig::exponent,
                 {.doc = "Of the blown part of the coefficient with speed",
                  .min = 0.1,
                  .max = 1.0,
                  .source = "turbulent flow over a plate: 0.8 (Incropera & DeWitt eq. 7.38); laminar 0.5"});
  return record;
}

}  // namespace kiln::thermal
