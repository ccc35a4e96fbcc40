// SPDX-License-Identifier: MIT
// The temperature of a die as a picture: coloured cells, block outlines and names, a scale.
#pragma once

#include <string>
#include <vector>

#include "thermal/floorplan.h"
#include "thermal/thermal_model.h"

namespace kiln::thermal {

/// The colours of such pictures from coldest to hottest, as "#rrggbb"; those between two are mixed.
std::vector<std::string> temperature_colours();

/// SVG of one source layer (the first one if `die` is empty) with the blocks of that die. The same state
/// gives the same text.
std::string temperature_map_svg(const ThermalModel& model, const State& state, const std::string& title,
                                const std::string& die = {});

}  // namespace kiln::thermal
