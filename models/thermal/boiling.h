// SPDX-License-Identifier: MIT
// Dielectric immersion: convection, nucleate boiling, critical heat flux and what comes after it.
#pragma once

#include <optional>

#include "config/ambient_temperature.h"
#include "config/record.h"

namespace kiln::thermal {

/// Properties of a dielectric liquid near its working temperature, from which the laws of convection and
/// boiling give the bath's coefficients. FC-72 saturated at 1 atm unless changed.
struct DielectricConfig {
  double density_kg_m3 = 1594.0;
  double viscosity_pa_s = 4.4e-4;
  double conductivity_w_mk = 0.0538;
  double specific_heat_j_kgk = 1102.0;
  double expansion_per_k = 1.6e-3;
  double plate_height_m = 0.05;
  // Of boiling:
  double latent_heat_j_kg = 84.97e3;
  double vapour_density_kg_m3 = 13.4;
  double surface_tension_n_m = 8.35e-3;
  double surface_factor = 4.7e-3;
  double prandtl_exponent = 1.7;

  double prandtl() const { return viscosity_pa_s * specific_heat_j_kgk / conductivity_w_mk; }
};

/// Natural convection from a vertical plate, laminar or turbulent, in W/m2K: Churchill & Chu, Int. J. Heat
/// Mass Transfer 18 (1975) 1323 (Incropera & DeWitt eq. 9.26).
double natural_convection_w_m2k(const DielectricConfig& liquid, double rise_k);
/// Nucleate boiling, flux per cube of superheat, in W/m2K3: Rohsenow, Trans. ASME 74 (1952) 969.
double nucleate_boiling_w_m2k3(const DielectricConfig& liquid);
/// Critical heat flux of a saturated pool, in W/m2: Zuber 1959, with 0.131.
double critical_flux_w_m2(const DielectricConfig& liquid);

/// A bath of dielectric liquid. Single phase: the bath never boils. Temperatures in degC.
struct BathConfig {
  /// Bulk temperature; the saturation temperature in a two-phase bath.
  config::AmbientTemperature liquid = config::AmbientTemperature::fixed(49.0);
  std::optional<DielectricConfig> dielectric = {};  // in place of single_phase, boiling and critical_flux
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
  explicit Bath(const BathConfig& config, double ambient_c = 25.0);

  void set_ambient(double ambient_c) { liquid_c_ = config_.liquid.at_c(ambient_c); }
  /// Flux from a wall at this temperature on the present branch, in W/m2; grows with temperature.
  double flux_w_m2(double wall_c) const;
  /// Notes a wall temperature and switches branch if it must. Returns true if it switched.
  bool settle(double wall_c);
  bool dry() const { return dry_; }
  /// Wall superheat at the critical heat flux.
  double critical_superheat_k() const;

 private:
  double convective_w_m2(double wall_c) const;

  BathConfig config_;  ///< with the coefficients that the liquid's properties give
  double liquid_c_;
  bool dry_ = false;
};

const config::Record<DielectricConfig>& describe(const DielectricConfig*);
const config::Record<BathConfig>& describe(const BathConfig*);

}  // namespace kiln::thermal
