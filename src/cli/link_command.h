// SPDX-License-Identifier: MIT
// kiln link: a transfer over a link.
#pragma once

#include "cli/command.h"

namespace CLI {
class App;
}

namespace kiln::cli {

void add_link_command(CLI::App& app, Context& context);

}  // namespace kiln::cli
