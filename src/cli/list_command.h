// SPDX-License-Identifier: MIT
// kiln list [KIND]: the configuration files there are.
#pragma once

#include "cli/command.h"

namespace CLI {
class App;
}

namespace kiln::cli {

void add_list_command(CLI::App& app, Context& context);

}  // namespace kiln::cli
