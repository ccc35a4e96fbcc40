// SPDX-License-Identifier: MIT
// `kiln new`: a commented configuration to begin with.
#pragma once

#include "cli/command.h"

namespace CLI {
class App;
}

namespace kiln::cli {

void add_new_command(CLI::App& app, Context& context);

}  // namespace kiln::cli
