// SPDX-License-Identifier: MIT
#pragma once

#include "cli/command.h"

namespace CLI {
class App;
}

namespace kiln::cli {

/// `kiln check`: are the numbers of these experiments still the approved ones?
void add_check_command(CLI::App& app, Context& context);

}  // namespace kiln::cli
