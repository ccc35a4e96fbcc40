// SPDX-License-Identifier: MIT
// HotSpot's networks of micro-channels: a sheet of cells in a `.csv`.
#pragma once

#include <string>
#include <string_view>

#include "thermal/channels.h"
#include "thermal/floorplan.h"

namespace kiln::thermal {

/// Straight parallel channels of one width at one distance, as a network draws them. Cells are 0 wall,
/// 1 channel, 2 outlet, 3 inlet; the first line is the upper edge of the die. Throws ConfigError with
/// file:line for other values, ragged lines, and networks of another shape: bends, branches, lanes that are
/// not centred, coolant that enters on the right or above.
ChannelsConfig parse_channel_network(std::string_view text, const std::string& file, const Rectangle& die);

}  // namespace kiln::thermal
