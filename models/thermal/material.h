// SPDX-License-Identifier: MIT
// Thermal materials: conductivity (in plane and through it),
// volumetric heat capacity, and how both move with temperature.
#pragma once

#include <string>
#include <vector>

namespace kiln::thermal {

/// How conductivity and heat capacity follow temperature.
enum class PropertyLaw {
  constant,  // the given figures hold everywhere
  silicon,   // the given figures hold at 300 K and scale as bulk silicon does between 60 K and 800 K
};

struct Material {
  double conductivity_w_mk = 0.0;          // in the plane of the layer
  double through_conductivity_w_mk = 0.0;  // across the layer; 0: the same
  double heat_capacity_j_m3k = 0.0;
  PropertyLaw law = PropertyLaw::constant;

  double in_plane_w_mk(double temperature_c) const;
  double through_w_mk(double temperature_c) const;
  double volumetric_heat_j_m3k(double temperature_c) const;
};

/// One of the built-in materials (see material.cpp for values and sources), or nullptr.
const Material* find_material(const std::string& name);
std::vector<std::string> material_names();

}  // namespace kiln::thermal
