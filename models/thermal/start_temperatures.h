// SPDX-License-Identifier: MIT
// Temperatures by name, as HotSpot writes a steady state (`-steady_file`) and begins with one (`-init_file`).
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "base/unknowns.h"
#include "thermal/thermal_model.h"

namespace kiln::thermal {

/// A name and kelvin a line. Throws ConfigError with file:line for lines of another form, temperatures that
/// are no number or no kelvin (below 60 K, above 2000 K), names that come twice, and a file without any.
class StartTemperatures {
 public:
  static StartTemperatures parse(std::string_view text, const std::string& file);
  static StartTemperatures read(const std::string& file);

  /// The state of `model` that has these temperatures. With those of all nodes of a HotSpot package (blocks,
  /// iface_, hsp_, hsink_, inode_) each cell takes that of its node. With those of the blocks alone the rest
  /// is as in the steady state in which the blocks have them. Throws ConfigError naming what is missing;
  /// names that the package does not have are unknowns.
  State state_of(const ThermalModel& model, base::Unknowns& unknowns) const;

 private:
  struct Line {
    base::Place place;
    double celsius = 0.0;
  };

  base::Place file_;
  std::map<std::string, Line> lines_;
};

/// All nodes of a HotSpot package without channels, of others the blocks: NAME<TAB>KELVIN, a line each.
std::string write_steady(const ThermalModel& model, const State& state);

}  // namespace kiln::thermal
