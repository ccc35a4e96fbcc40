// SPDX-License-Identifier: MIT
#include "thermal/boiling.h"

#include <algorithm>
#include <cmath>

namespace kiln::thermal {

double Bath::critical_superheat_k() const {
  return std::cbrt(config_.critical_flux_w_m2 / config_.boiling_w_m2k3);
}

double Bath::flux_w_m2(double wall_c) const {
  const double convective_w_m2 = config_.single_phase_w_m2k * (wall_c - config_.liquid_c);
  if (!config_.two_phase) return convective_w_m2;
  if (dry_) return config_.film_w_m2k * (wall_c - config_.saturation_c);
  const double superheat_k = wall_c - config_.saturation_c;
  if (superheat_k <= config_.onset_k) return convective_w_m2;
  // Zero at the onset, the cubic law well above it: the curve has no step.
  const double boiling_w_m2 =
      config_.boiling_w_m2k3 * (std::pow(superheat_k, 3) - std::pow(config_.onset_k, 3));
  return convective_w_m2 + boiling_w_m2;
}

bool Bath::settle(double wall_c) {
  if (!config_.two_phase) return false;
  const double flux = flux_w_m2(wall_c);
  const bool was_dry = dry_;
  if (!dry_ && flux > config_.critical_flux_w_m2) dry_ = true;
  if (dry_ && was_dry && flux < config_.rewet_flux_w_m2) dry_ = false;
  return dry_ != was_dry;
}

const config::Record<BathConfig>& describe(const BathConfig*) {
  using base::Dimension;
  static const auto record =
      config::Record<BathConfig>("bath", "Bath of dielectric liquid around a face")
          .field("liquid", &BathConfig::liquid_c,
                 {.doc = "Bulk temperature of the liquid",
                  .unit = Dimension::temperature,
                  .min = -200.0,
                  .max = 400.0,
                  .source = "estimate: a condenser holds the pool just below saturation"})
          .field("single_phase", &BathConfig::single_phase_w_m2k,
                 {.doc = "Coefficient without boiling",
                  .unit = Dimension::heat_transfer_coefficient,
                  .min = 1.0,
                  .max = 1e6,
                  .source = "practice: natural convection 50 to 200, forced 500 to 2000 W/m2K"})
          .field("two_phase", &BathConfig::two_phase, {.doc = "The liquid boils"})
          .field("saturation", &BathConfig::saturation_c,
                 {.doc = "Boiling point",
                  .unit = Dimension::temperature,
                  .min = -200.0,
                  .max = 400.0,
                  .source = "FC-72 at 1 atm"})
          .field("onset", &BathConfig::onset_k,
                 {.doc = "Wall superheat at which boiling starts",
                  .unit = Dimension::temperature_difference,
                  .min = 0.0,
                  .max = 200.0,
                  .source = "estimate for enhanced surfaces; 5 to 20 K on bare silicon"})
          .field("boiling", &BathConfig::boiling_w_m2k3,
                 {.doc = "Nucleate boiling flux per cube of superheat, W/m2K3",
                  .min = 1e-3,
                  .max = 1e9,
                  .source = "fits 5 to 20 kW/m2K of FC-72 at 14 to 18 K superheat (practice)"})
          .field("critical_flux", &BathConfig::critical_flux_w_m2,
                 {.doc = "Critical heat flux",
                  .unit = Dimension::power_density,
                  .min = 1.0,
                  .max = 1e9,
                  .source = "FC-72 pool: 10 to 20 W/cm2 (practice)"})
          .field("film", &BathConfig::film_w_m2k,
                 {.doc = "Coefficient of the vapour film after it",
                  .unit = Dimension::heat_transfer_coefficient,
                  .min = 1.0,
                  .max = 1e6,
                  .source = "practice: 100 to 300 W/m2K"})
          .field(
              "rewet_flux", &BathConfig::rewet_flux_w_m2,
              {.doc = "Flux below which the film collapses",
               .unit = Dimension::power_density,
               .min = 0.0,
               .max = 1e9,
               .source = "estimate: a fifth of the critical flux (Zuber's minimum is lower on clean walls)"});
  return record;
}

}  // namespace kiln::thermal
