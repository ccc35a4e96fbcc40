// SPDX-License-Identifier: MIT
// What the names in a package must stand for, whatever the floorplan is.
#pragma once

#include <string>
#include <vector>

namespace kiln::thermal {

struct PackageConfig;

struct PackageProblem {
  std::string key;  ///< below the package, as bodies.2.beside
  std::string message;
};

/// Bodies called alike, references to bodies that do not exist, places that depend on themselves, bodies
/// without a size or without contact to a die, devices and thermometers that have no room. All of them.
std::vector<PackageProblem> reference_problems(const PackageConfig& package);

}  // namespace kiln::thermal
