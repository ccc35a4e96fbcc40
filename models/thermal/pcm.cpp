// SPDX-License-Identifier: MIT
#include "thermal/pcm.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

namespace kiln::thermal {

PcmSlab::PcmSlab(const PcmConfig& config, double initial_c)
    : config_(config),
      conductivity_w_mk_(std::max(config.conductivity_w_mk, config.filling_w_mk)),
      cell_m_(config.thickness_m / config.layers),
      area_m2_(config.mass_kg / config.density_kg_m3 / config.thickness_m),
      latent_j_m3_(config.density_kg_m3 * config.latent_heat_j_kg),
      heat_j_m3k_(config.density_kg_m3 * config.specific_heat_j_kgk),
      enthalpy_j_m3_(static_cast<std::size_t>(config.layers)) {
  begin(initial_c);
}

void PcmSlab::begin(double temperature_c) {
  const double above_j_m3 = heat_j_m3k_ * (temperature_c - config_.melting_c);
  initial_j_m3_ = above_j_m3 <= 0 ? above_j_m3 : latent_j_m3_ + above_j_m3;
  std::fill(enthalpy_j_m3_.begin(), enthalpy_j_m3_.end(), initial_j_m3_);
}

double PcmSlab::temperature_c(double enthalpy) const {
  if (enthalpy < 0.0) return config_.melting_c + enthalpy / heat_j_m3k_;
  if (enthalpy <= latent_j_m3_) return config_.melting_c;
  return config_.melting_c + (enthalpy - latent_j_m3_) / heat_j_m3k_;
}

double PcmSlab::run(std::vector<double>& enthalpy, double face_c, double dt_s) const {
  const double between_w_m2k = conductivity_w_mk_ / cell_m_;
  const double face_w_m2k = 2.0 * between_w_m2k;  // half a cell from the face
  const double stable_s = heat_j_m3k_ * cell_m_ / (face_w_m2k + between_w_m2k);
  const int steps = std::max(1, static_cast<int>(std::ceil(dt_s / (0.9 * stable_s))));
  const double h_s = dt_s / steps;
  std::vector<double> flux(enthalpy.size() + 1,
                           0.0);  // into each cell from the side of the face; last is insulated
  double taken_j_m2 = 0.0;
  for (int step = 0; step < steps; ++step) {
    flux[0] = face_w_m2k * (face_c - temperature_c(enthalpy[0]));
    for (std::size_t i = 1; i < enthalpy.size(); ++i)
      flux[i] = between_w_m2k * (temperature_c(enthalpy[i - 1]) - temperature_c(enthalpy[i]));
    for (std::size_t i = 0; i < enthalpy.size(); ++i) enthalpy[i] += h_s * (flux[i] - flux[i + 1]) / cell_m_;
    taken_j_m2 += h_s * flux[0];
  }
  return taken_j_m2 * area_m2_;
}

double PcmSlab::heat_taken_j(double face_c, double dt_s) const {
  std::vector<double> copy = enthalpy_j_m3_;
  return run(copy, face_c, dt_s);
}

double PcmSlab::advance(double face_c, double dt_s) {
  return run(enthalpy_j_m3_, face_c, dt_s);
}

double PcmSlab::melted_share() const {
  double melted = 0.0;
  for (const double enthalpy : enthalpy_j_m3_) melted += std::clamp(enthalpy / latent_j_m3_, 0.0, 1.0);
  return melted / static_cast<double>(enthalpy_j_m3_.size());
}

double PcmSlab::stored_j() const {
  double sum = 0.0;
  for (const double enthalpy : enthalpy_j_m3_) sum += enthalpy - initial_j_m3_;
  return sum * cell_m_ * area_m2_;
}

void LumpedPcm::advance(double power_w, double dt_s) {
  constexpr double kAtMelting_k = 1e-12;
  const double tau_s = heat_capacity_j_k * resistance_k_w;
  const double final_c = ambient_c + power_w * resistance_k_w;
  while (dt_s > 0.0) {
    const double net_w = power_w - (melting_c - ambient_c) / resistance_k_w;  // at the plateau
    const bool at_plateau = std::abs(temperature_c - melting_c) < kAtMelting_k;
    if (at_plateau && ((net_w > 0.0 && melted_j < latent_j) || (net_w < 0.0 && melted_j > 0.0))) {
      const double room_j = net_w > 0.0 ? latent_j - melted_j : melted_j;
      const double used_s = std::min(dt_s, room_j / std::abs(net_w));
      melted_j = used_s < dt_s ? (net_w > 0.0 ? latent_j : 0.0) : melted_j + net_w * used_s;
      dt_s -= used_s;
      continue;
    }
    // Exponential approach; stops at the plateau if it lies on the way and holds latent heat.
    const bool rising_in =
        temperature_c < melting_c - kAtMelting_k && final_c > melting_c && melted_j < latent_j;
    const bool falling_in = temperature_c > melting_c + kAtMelting_k && final_c < melting_c && melted_j > 0.0;
    if (rising_in || falling_in) {
      const double reach_s = tau_s * std::log((final_c - temperature_c) / (final_c - melting_c));
      if (reach_s < dt_s) {
        temperature_c = melting_c;
        dt_s -= reach_s;
        continue;
      }
    }
    temperature_c = final_c + (temperature_c - final_c) * std::exp(-dt_s / tau_s);
    return;
  }
}

const config::Record<PcmConfig>& describe(const PcmConfig*) {
  using base::Dimension;
  static const auto record =
      config::Record<PcmConfig>("pcm", "Slab of phase change material behind a face")
          .field("mass", &PcmConfig::mass_kg,
                 {.doc = "Mass",
                  .unit = Dimension::mass,
                  .min = 1e-6,
                  .max = 100.0,
                  .source = "none: absent unless given"})
          .field("latent_heat", &PcmConfig::latent_heat_j_kg,
                 {.doc = "Latent heat of melting",
                  .unit = Dimension::latent_heat,
                  .min = 1.0,
                  .max = 1e7,
                  .source = "paraffins: 150 to 250 kJ/kg"})
          .field("melting", &PcmConfig::melting_c,
                 {.doc = "Melting point",
                  .unit = Dimension::temperature,
                  .min = -200.0,
                  .max = 1000.0,
                  .source = "RT54-class paraffin"})
          .field("specific_heat", &PcmConfig::specific_heat_j_kgk,
                 {.doc = "Specific heat, solid and liquid",
                  .unit = Dimension::specific_heat,
                  .min = 1.0,
                  .max = 1e5,
                  .source = "paraffins: about 2000 J/kgK"})
          .field("density", &PcmConfig::density_kg_m3,
                 {.doc = "Density",
                  .unit = Dimension::density,
                  .min = 1.0,
                  .max = 3e4,
                  .source = "paraffins: 770 liquid, 880 solid"})
          .field("conductivity", &PcmConfig::conductivity_w_mk,
                 {.doc = "Conductivity of the bare material",
                  .unit = Dimension::thermal_conductivity,
                  .min = 1e-3,
                  .max = 1e4,
                  .source = "paraffins: 0.2 W/mK"})
          .field("filling", &PcmConfig::filling_w_mk,
                 {.doc = "Effective conductivity with foam or fins; the larger of both counts",
                  .unit = Dimension::thermal_conductivity,
                  .min = 0.0,
                  .max = 1e4,
                  .source = "estimate: copper foam of 95 % porosity"})
          .field("thickness", &PcmConfig::thickness_m,
                 {.doc = "Thickness of the slab",
                  .unit = Dimension::length,
                  .min = 1e-5,
                  .max = 1.0,
                  .source = "none: absent unless given"})
          .field("layers", &PcmConfig::layers, {.doc = "Cells through the slab", .min = 1, .max = 1000});
  return record;
}

}  // namespace kiln::thermal
