// SPDX-License-Identifier: MIT
// HotSpot's layer configuration files (`.lcf`): a die as a stack of layers, each with its own floorplan.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/unknowns.h"
#include "thermal/floorplan.h"
#include "thermal/hotspot_materials.h"

namespace kiln::thermal {

struct HotspotLayer {
  base::Place place;
  int number = 0;          ///< from 0 at the bottom, far from the sink
  bool lateral = true;     ///< heat spreads in its plane
  bool dissipates = true;  ///< its blocks stand in the power trace
  std::string material;    ///< its name; empty: the figures below
  base::Place material_place;
  double heat_capacity_j_m3k = 0.0;
  double resistivity_mk_w = 0.0;
  double thickness_m = 0.0;
  std::string plan;  ///< as written: a floorplan, or a network of channels (.csv)
  base::Place plan_place;

  bool channels() const { return plan.ends_with(".csv"); }
  std::string name() const;  ///< "layer_2", as HotSpot calls it in its outputs
};

/// Layers from the bottom up: number, lateral heat flow Y|N, power Y|N, heat capacity and resistivity or a
/// material's name, thickness, floorplan; a line each. Throws ConfigError with file:line for cut entries, bad
/// values, numbers that come twice or leave a gap, and a stack without a layer that dissipates.
std::vector<HotspotLayer> parse_lcf(std::string_view text, const std::string& file);

/// A file that `from` names: beside it, else where the program was started (HotSpot's way).
std::string named_file(const std::string& name, const std::string& from);

/// The floorplans of all layers as one. Blocks are called `layer_2_NAME`, as in HotSpot's outputs, and lie in
/// the layer of that name; power traces call them NAME. Layers with channels have none. Throws ConfigError
/// for a plan that cannot be read and for layers of different sizes.
Floorplan stack_floorplan(const std::vector<HotspotLayer>& layers, base::Unknowns& unknowns);

}  // namespace kiln::thermal
