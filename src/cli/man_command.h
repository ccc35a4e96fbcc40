// SPDX-License-Identifier: MIT
#pragma once

#include "cli/command.h"

namespace CLI {
class App;
}

namespace kiln::cli {

/// `kiln man`: the manual page, made from the commands and options that there are.
void add_man_command(CLI::App& app, Context& context);

}  // namespace kiln::cli
