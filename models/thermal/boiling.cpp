// SPDX-License-Identifier: MIT
#include "thermal/boiling.h"

#include <algorithm>
#include <cmath>

#include "thermal/convection.h"

namespace kiln::thermal {

double natural_convection_w_m2k(const DielectricConfig& liquid, double rise_k) {
  const double kinematic_m2_s = liquid.viscosity_pa_s / liquid.density_kg_m3;
  const double diffusivity_m2_s =
      liquid.conductivity_w_mk / (liquid.density_kg_m3 * liquid.specific_heat_j_kgk);
  const double rayleigh = kGravity_m_s2 * liquid.expansion_per_k * std::abs(rise_k) *
                          std::pow(liquid.plate_height_m, 3) / (kinematic_m2_s * diffusivity_m2_s);
  const double prandtl_term = std::pow(1.0 + std::pow(0.492 / liquid.prandtl(), 9.0 / 16.0), 8.0 / 27.0);
  const double root = 0.825 + 0.387 * std::pow(rayleigh, 1.0 / 6.0) / prandtl_term;
  return root * root * liquid.conductivity_w_mk / liquid.plate_height_m;
}

double nucleate_boiling_w_m2k3(const DielectricConfig& liquid) {
  const double buoyancy = kGravity_m_s2 * (liquid.density_kg_m3 - liquid.vapour_density_kg_m3);
  const double per_superheat =
      liquid.specific_heat_j_kgk /
      (liquid.surface_factor * liquid.latent_heat_j_kg * std::pow(liquid.prandtl(), liquid.prandtl_exponent));
  return liquid.viscosity_pa_s * liquid.latent_heat_j_kg * std::sqrt(buoyancy / liquid.surface_tension_n_m) *
         std::pow(per_superheat, 3);
}

double critical_flux_w_m2(const DielectricConfig& liquid) {
  const double buoyancy = kGravity_m_s2 * (liquid.density_kg_m3 - liquid.vapour_density_kg_m3);
  return 0.131 * liquid.latent_heat_j_kg * std::sqrt(liquid.vapour_density_kg_m3) *
         std::pow(liquid.surface_tension_n_m * buoyancy, 0.25);
}

Bath::Bath(const BathConfig& config, double ambient_c) : config_(config) {
  set_ambient(ambient_c);
  if (!config_.dielectric) return;
  config_.boiling_w_m2k3 = nucleate_boiling_w_m2k3(*config_.dielectric);
  config_.critical_flux_w_m2 = thermal::critical_flux_w_m2(*config_.dielectric);
}

double Bath::convective_w_m2(double wall_c) const {
  const double rise_k = wall_c - liquid_c_;
  const double coefficient =
      config_.dielectric ? natural_convection_w_m2k(*config_.dielectric, rise_k) : config_.single_phase_w_m2k;
  return coefficient * rise_k;
}

double Bath::critical_superheat_k() const {
  return std::cbrt(config_.critical_flux_w_m2 / config_.boiling_w_m2k3);
}

double Bath::flux_w_m2(double wall_c) const {
  const double convective = convective_w_m2(wall_c);
  if (!config_.two_phase) return convective;
  if (dry_) return config_.film_w_m2k * (wall_c - config_.saturation_c);
  const double superheat_k = wall_c - config_.saturation_c;
  if (superheat_k <= config_.onset_k) return convective;
  // Zero at the onset, the cubic law well above it: the curve has no step.
  const double boiling_w_m2 =
      config_.boiling_w_m2k3 * (std::pow(superheat_k, 3) - std::pow(config_.onset_k, 3));
  return convective + boiling_w_m2;
}

bool Bath::settle(double wall_c) {
  if (!config_.two_phase) return false;
  const double flux = flux_w_m2(wall_c);
  const bool was_dry = dry_;
  if (!dry_ && flux > config_.critical_flux_w_m2) dry_ = true;
  if (dry_ && was_dry && flux < config_.rewet_flux_w_m2) dry_ = false;
  return dry_ != was_dry;
}

const config::Record<DielectricConfig>& describe(const DielectricConfig*) {
  using base::Dimension;
  static constexpr const char* kFc72 =
      "FC-72 saturated at 1 atm (3M product information; Mudawar & Anderson 1990 use the same)";
  static const auto record =
      config::Record<DielectricConfig>("dielectric", "Properties of a bath's liquid at its temperature")
          .field("density", &DielectricConfig::density_kg_m3,
                 {.doc = "Density of the liquid",
                  .unit = Dimension::density,
                  .min = 100.0,
                  .max = 5e3,
                  .source = kFc72})
          .field("viscosity", &DielectricConfig::viscosity_pa_s,
                 {.doc = "Dynamic viscosity",
                  .unit = Dimension::viscosity,
                  .min = 1e-5,
                  .max = 10.0,
                  .source = kFc72})
          .field("conductivity", &DielectricConfig::conductivity_w_mk,
                 {.doc = "Thermal conductivity",
                  .unit = Dimension::thermal_conductivity,
                  .min = 0.01,
                  .max = 10.0,
                  .source = kFc72})
          .field("specific_heat", &DielectricConfig::specific_heat_j_kgk,
                 {.doc = "Specific heat of the liquid",
                  .unit = Dimension::specific_heat,
                  .min = 100.0,
                  .max = 1e4,
                  .source = kFc72})
          .field("expansion", &DielectricConfig::expansion_per_k,
                 {.doc = "Volumetric expansion, per K", .min = 1e-5, .max = 1e-2, .source = kFc72})
          .field("plate_height", &DielectricConfig::plate_height_m,
                 {.doc = "Height of the wetted face, which stands upright",
                  .unit = Dimension::length,
                  .min = 1e-3,
                  .max = 2.0,
                  .source = "estimate: a heat spreader of 50 mm"})
          .field("latent_heat", &DielectricConfig::latent_heat_j_kg,
                 {.doc = "Heat of evaporation",
                  .unit = Dimension::latent_heat,
                  .min = 1e3,
                  .max = 1e7,
                  .source = kFc72})
          .field("vapour_density", &DielectricConfig::vapour_density_kg_m3,
                 {.doc = "Density of the vapour",
                  .unit = Dimension::density,
                  .min = 0.01,
                  .max = 200.0,
                  .source = kFc72})
          .field("surface_tension", &DielectricConfig::surface_tension_n_m,
                 {.doc = "Surface tension, in N/m", .min = 1e-4, .max = 0.2, .source = kFc72})
          .field("surface_factor", &DielectricConfig::surface_factor,
                 {.doc = "Rohsenow's C_sf of the pair of liquid and surface; flux goes with its inverse cube",
                  .min = 5e-4,
                  .max = 0.05,
                  .source = "estimate: 0.004 to 0.0075 for FC-72 on silicon and copper (low confidence)"})
          .field("prandtl_exponent", &DielectricConfig::prandtl_exponent,
                 {.doc = "Rohsenow's exponent of the Prandtl number; 1 for water",
                  .min = 1.0,
                  .max = 1.7,
                  .source = "Rohsenow 1952: 1.7 for all liquids but water"});
  return record;
}

const config::Record<BathConfig>& describe(const BathConfig*) {
  using base::Dimension;
  static const auto record =
      config::Record<BathConfig>("bath", "Bath of dielectric liquid around a face")
          .field(
              "liquid", &BathConfig::liquid,
              {.doc = "Bulk temperature of the liquid: fixed, or as warm as a radiator lets it be (ambient + "
                      "10 K)",
               .unit = Dimension::temperature,
               .min = -200.0,
               .max = 400.0,
               .source = "estimate: a condenser holds the pool just below saturation"})
          .field(
              "dielectric", &BathConfig::dielectric,
              {.doc = "The liquid's properties, from which natural convection (Churchill & Chu), boiling "
                      "(Rohsenow) and critical flux (Zuber) follow, in place of the three keys of that name"})
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
