// SPDX-License-Identifier: MIT
#pragma once

#include "cli/command.h"

namespace CLI {
class App;
}

namespace kiln::cli {

/// `kiln thermal`: the thermal model alone, on HotSpot's file formats.
void add_thermal_command(CLI::App& app, Context& context);

}  // namespace kiln::cli
