// SPDX-License-Identifier: MIT
// kiln validate FILE...: checks configuration files without simulating.
#pragma once

#include "cli/command.h"

namespace CLI {
class App;
}

namespace kiln::cli {

void add_validate_command(CLI::App& app, Context& context);

}  // namespace kiln::cli
