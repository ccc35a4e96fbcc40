// SPDX-License-Identifier: MIT
#include "thermal/material.h"

#include <algorithm>
#include <array>
#include <map>

namespace kiln::thermal {
namespace {

struct SiliconPoint {
  double kelvin, conductivity_w_mk, specific_heat_j_kgk;
};

// Bulk silicon. 100 K to 800 K: Incropera & DeWitt, Fundamentals of Heat and Mass Transfer, table A.1 (after
// Glassbrenner & Slack, Phys. Rev. 134, A1058, 1964, for k). 60 K and 77 K: the same reference for k,
// Flubacher et al. 1959 for c.
constexpr std::array<SiliconPoint, 9> kSilicon{{{60.0, 2110.0, 115.0},
                                                {77.0, 1300.0, 180.0},
                                                {100.0, 884.0, 259.0},
                                                {150.0, 409.0, 426.0},
                                                {200.0, 264.0, 556.0},
                                                {300.0, 148.0, 712.0},
                                                {400.0, 98.9, 790.0},
                                                {600.0, 61.9, 867.0},
                                                {800.0, 42.2, 913.0}}};

constexpr double kKelvinAtZeroCelsius = 273.15;
constexpr double kReferenceKelvin = 300.0;

double interpolate(double kelvin, double SiliconPoint::*value) {
  if (kelvin <= kSilicon.front().kelvin) return kSilicon.front().*value;
  for (std::size_t i = 1; i < kSilicon.size(); ++i) {
    if (kelvin > kSilicon[i].kelvin) continue;
    const SiliconPoint& low = kSilicon[i - 1];
    const SiliconPoint& high = kSilicon[i];
    const double share = (kelvin - low.kelvin) / (high.kelvin - low.kelvin);
    return low.*value + share * (high.*value - low.*value);
  }
  return kSilicon.back().*value;
}

double scale(PropertyLaw law, double temperature_c, double SiliconPoint::*value) {
  switch (law) {
    case PropertyLaw::constant:
      return 1.0;
    case PropertyLaw::silicon:
      return interpolate(temperature_c + kKelvinAtZeroCelsius, value) / interpolate(kReferenceKelvin, value);
  }
  return 1.0;
}

// k in W/mK (in plane, through), c in J/m3K. Sources: silicon 130 (doped die), TIM, copper, aluminium and
// underfill are the figures of the thermal reference cases (HotSpot and 3D-ICE practice); the rest are
// handbook figures as noted.
const std::map<std::string, Material>& library() {
  static const std::map<std::string, Material> materials{
      {"silicon", {130.0, 0.0, 1.6303e6, PropertyLaw::constant}},
      {"silicon_of_temperature", {148.0, 0.0, 1.659e6, PropertyLaw::silicon}},
      {"tim", {4.0, 0.0, 4.0e6, PropertyLaw::constant}},
      {"tim_pad", {1.5, 0.0, 2.5e6, PropertyLaw::constant}},  // silicone gap pad, vendor range 1 to 3 W/mK
      {"copper", {400.0, 0.0, 3.55e6, PropertyLaw::constant}},
      {"aluminium", {237.0, 0.0, 2.422e6, PropertyLaw::constant}},
      {"microbump_underfill", {1.5, 0.0, 2.0e6, PropertyLaw::constant}},
      {"c4_underfill", {1.8, 0.0, 2.1e6, PropertyLaw::constant}},  // estimate: solder area share 3 % in epoxy
      {"organic_substrate",
       {15.0, 0.5, 1.8e6, PropertyLaw::constant}},          // estimate: build-up film with copper planes
      {"pcb", {30.0, 0.35, 1.7e6, PropertyLaw::constant}},  // FR-4 with 8 copper layers; JEDEC JESD51-9 class
      {"mould", {0.9, 0.0, 1.7e6, PropertyLaw::constant}},  // filled epoxy, vendor range 0.7 to 1.0 W/mK
      {"glass", {1.1, 0.0, 1.9e6, PropertyLaw::constant}},  // cover glass
      {"plastic", {0.25, 0.0, 1.6e6, PropertyLaw::constant}},   // PC/ABS housing
      {"air_gap", {0.026, 0.0, 1.2e3, PropertyLaw::constant}},  // still air at 25 degC
      {"graphene",
       {1500.0, 15.0, 1.6e6, PropertyLaw::constant}},  // graphitised film: 1500 in plane, 10 to 20 through
      {"diamond", {1500.0, 0.0, 1.78e6, PropertyLaw::constant}},  // CVD diamond
      {"paraffin", {0.2, 0.0, 1.6e6, PropertyLaw::constant}},     // 800 kg/m3 x 2000 J/kgK
  };
  return materials;
}

}  // namespace

double Material::in_plane_w_mk(double temperature_c) const {
  return conductivity_w_mk * scale(law, temperature_c, &SiliconPoint::conductivity_w_mk);
}

double Material::through_w_mk(double temperature_c) const {
  const double reference = through_conductivity_w_mk > 0.0 ? through_conductivity_w_mk : conductivity_w_mk;
  return reference * scale(law, temperature_c, &SiliconPoint::conductivity_w_mk);
}

double Material::volumetric_heat_j_m3k(double temperature_c) const {
  return heat_capacity_j_m3k * scale(law, temperature_c, &SiliconPoint::specific_heat_j_kgk);
}

const Material* find_material(const std::string& name) {
  const auto found = library().find(name);
  return found == library().end() ? nullptr : &found->second;
}

std::vector<std::string> material_names() {
  std::vector<std::string> names;
  for (const auto& entry : library()) names.push_back(entry.first);
  return names;
}

}  // namespace kiln::thermal
