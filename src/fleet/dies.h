// SPDX-License-Identifier: MIT
// Devices of a fleet as dies of one package: where their blocks lie in it, and what they share.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "device/heated_package.h"
#include "fleet/fleet_config.h"

namespace kiln::fleet {

/// What dies of one package must have in common, and the layers that the package must have for them.
void check_dies(const FleetConfig& config, config::Checker& check);

/// The source layer of the package in which blocks lie that lie in `layer` of die's own package: soc_0.
std::string layer_of_die(const std::string& layer, int die);

/// A die's blocks in the layers that the package has for it, each body turned by so many quarter turns
/// against the clock.
thermal::Floorplan placed(const thermal::Floorplan& floorplan, int die, int quarter_turns);

/// What is alone the die's: an experiment whose package is that of all, with a share of its board's
/// consumers.
experiment::ExperimentConfig as_die(experiment::ExperimentConfig experiment,
                                    const thermal::PackageConfig& package, int dies);

}  // namespace kiln::fleet
