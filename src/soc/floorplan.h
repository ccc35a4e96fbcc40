// SPDX-License-Identifier: MIT
// The floorplan follows from the placement: rows and columns of nodes become slices of the die, sized by
// area.
#pragma once

#include <string>
#include <vector>

#include "power/static_power.h"
#include "soc/area.h"
#include "soc/soc_config.h"
#include "thermal/floorplan.h"

namespace kiln::soc {

/// Units first (in order of the configuration), then the routers of the network, then the memory device, and
/// last the regulators if the package has a place for them: a source layer called `regulators`.
struct ChipPlan {
  thermal::Floorplan floorplan;
  std::vector<int> unit_block;    ///< floorplan block of each unit
  std::vector<int> router_block;  ///< of each router
  int memory_block = -1;
  int regulator_block = -1;
  std::vector<AreaParts> parts;  ///< by block; of memory device and regulators their footprint alone
  double die_area_m2 = 0;
};

/// As what the power model knows it.
power::BlockType block_type(UnitKind kind);
ChipPlan plan_chip(const SocConfig& soc);

}  // namespace kiln::soc
