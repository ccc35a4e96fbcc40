// SPDX-License-Identifier: MIT
// kiln fleet: devices that learn together over a link, and which compression over which link.
#pragma once

#include "cli/command.h"

namespace CLI {
class App;
}

namespace kiln::cli {

void add_fleet_command(CLI::App& app, Context& context);

}  // namespace kiln::cli
