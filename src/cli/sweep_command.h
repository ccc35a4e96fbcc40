// SPDX-License-Identifier: MIT
// kiln sweep run|plan|work|status|collect: many experiments, one table.
#pragma once

#include "cli/command.h"

namespace CLI {
class App;
}

namespace kiln::cli {

void add_sweep_command(CLI::App& app, Context& context);

}  // namespace kiln::cli
