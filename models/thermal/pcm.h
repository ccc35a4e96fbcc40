// SPDX-License-Identifier: MIT
// Phase change material by the enthalpy method: temperature
// follows from stored heat, with a plateau at the melting point.
#pragma once

#include <vector>

#include "config/record.h"

namespace kiln::thermal {

/// A slab of PCM behind a face of the package.
struct PcmConfig {
  double mass_kg = 0.02;
  double latent_heat_j_kg = 200e3;
  double melting_c = 54.0;
  double specific_heat_j_kgk = 2000.0;
  double density_kg_m3 = 800.0;
  double conductivity_w_mk = 0.2;  // of the bare material
  double filling_w_mk = 5.0;       // effective, with foam or fins; the larger of the two counts
  double thickness_m = 5e-3;
  int layers = 10;
};

/// One-dimensional slab, insulated at its far side, driven by the temperature or heat of its face. Enthalpy
/// is counted in J/m3 above the solid at the melting point: below 0 solid, 0 to L melting, above liquid
/// (Voller & Cross 1981). Explicit steps inside the stability limit, so heat is conserved to rounding.
class PcmSlab {
 public:
  PcmSlab(const PcmConfig& config, double initial_c);

  /// All of it at this temperature; at the melting point itself all solid.
  void begin(double temperature_c);
  double area_m2() const { return area_m2_; }
  /// Heat drawn in over dt from a face held at this temperature, in J. Does not change the slab.
  double heat_taken_j(double face_c, double dt_s) const;
  /// The same, and the slab moves on.
  double advance(double face_c, double dt_s);

  double face_layer_c() const { return temperature_c(enthalpy_j_m3_.front()); }
  double melted_share() const;
  double melt_front_m() const { return melted_share() * config_.thickness_m; }
  double stored_j() const;  // above the initial state

 private:
  double temperature_c(double enthalpy_j_m3) const;
  double run(std::vector<double>& enthalpy_j_m3, double face_c, double dt_s) const;

  PcmConfig config_;
  double conductivity_w_mk_, cell_m_, area_m2_, latent_j_m3_, heat_j_m3k_;
  double initial_j_m3_ = 0;
  std::vector<double> enthalpy_j_m3_;  // from the face inwards
};

/// A body of one temperature with PCM in it: C dT/dt = P -
/// (T - Ta) / R, with a plateau while melting or freezing.
struct LumpedPcm {
  double heat_capacity_j_k = 0.0;
  double resistance_k_w = 0.0;
  double ambient_c = 25.0;
  double latent_j = 0.0;
  double melting_c = 54.0;
  double temperature_c = 25.0;
  double melted_j = 0.0;

  /// Exact for held power: runs from plateau end to plateau end.
  void advance(double power_w, double dt_s);
};

const config::Record<PcmConfig>& describe(const PcmConfig*);

}  // namespace kiln::thermal
