// SPDX-License-Identifier: MIT
// `kiln squeeze`: a network made smaller step by step.
#pragma once

#include "cli/command.h"

namespace CLI {
class App;
}

namespace kiln::cli {

void add_squeeze_command(CLI::App& app, Context& context);

}  // namespace kiln::cli
