// SPDX-License-Identifier: MIT
// kiln silicon: published chips, simulated and held against what was published.
#pragma once

#include "cli/command.h"

namespace CLI {
class App;
}

namespace kiln::cli {

void add_silicon_command(CLI::App& app, Context& context);

}  // namespace kiln::cli
