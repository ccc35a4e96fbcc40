// SPDX-License-Identifier: MIT
// kiln compare A B: the numbers of two runs side by side.
#pragma once

#include "cli/command.h"

namespace CLI {
class App;
}

namespace kiln::cli {

void add_compare_command(CLI::App& app, Context& context);

}  // namespace kiln::cli
