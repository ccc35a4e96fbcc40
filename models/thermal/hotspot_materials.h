// SPDX-License-Identifier: MIT
// HotSpot 7's materials: named in a `.materials` file, used by a configuration and by layers.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace kiln::thermal {

struct HotspotMaterial {
  base::Place place;
  double conductivity_w_mk = 0.0;
  double heat_capacity_j_m3k = 0.0;
  double viscosity_pa_s = 0.0;  ///< of a fluid; 0: a solid

  bool fluid() const { return viscosity_pa_s > 0.0; }
};

class HotspotMaterials {
 public:
  /// Reads a file: name, solid|fluid, conductivity (W/mK), volumetric heat capacity (J/m3K) and of a fluid
  /// its dynamic viscosity (Pa s), a line each. Throws ConfigError with file:line for a cut entry, numbers
  /// that are none or not positive, and names that come twice.
  void add(std::string_view text, const std::string& file);

  bool holds(const std::string& name) const { return materials_.contains(name); }

  /// The material of that name; where no file has it, Kiln's own of the same name. Throws ConfigError at
  /// `user` naming those that are known.
  HotspotMaterial at(const std::string& name, const base::Place& user) const;
  /// The same, but a fluid. Kiln has none of its own.
  HotspotMaterial fluid_at(const std::string& name, const base::Place& user) const;

 private:
  std::vector<std::string> names() const;
  std::map<std::string, HotspotMaterial> materials_;
};

}  // namespace kiln::thermal
