// SPDX-License-Identifier: MIT
// Resolves the footprint of every body from sizes, `covers`, `beside`, `centre_on` and the floorplan.
#pragma once

#include <vector>

#include "thermal/floorplan.h"
#include "thermal/package_config.h"

namespace kiln::thermal {

/// One rectangle per body, in the frame of the first die.
/// Throws base::SimError naming the body that cannot be placed.
std::vector<Rectangle> place_bodies(const PackageConfig& package, const Floorplan& floorplan);

}  // namespace kiln::thermal
