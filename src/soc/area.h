// SPDX-License-Identifier: MIT
// What the blocks of the die are made of, from the configuration and the node.
#pragma once

#include <string>
#include <vector>

#include "power/area.h"
#include "soc/soc_config.h"

namespace kiln::soc {

enum class Silicon { logic, array, sram, phy, spare };
const char* name(Silicon kind);

/// One line of area.csv.
struct AreaPart {
  std::string component;  ///< "processing elements"
  Silicon kind = Silicon::logic;
  double m2 = 0;
  std::string source;  ///< how it follows
};
using AreaParts = std::vector<AreaPart>;

/// Of a unit, without what lies between blocks. A given `area` scales them all to it.
AreaParts unit_parts(const SocConfig& soc, const UnitConfig& unit);
/// Of the router at one node of the mesh.
AreaParts router_parts(const SocConfig& soc);
/// The block's share of what lies between blocks: makes blocks `soc.area.utilisation` of the die.
AreaPart spare_part(const SocConfig& soc, const AreaParts& parts);

power::BlockArea block_area(const AreaParts& parts);

}  // namespace kiln::soc
