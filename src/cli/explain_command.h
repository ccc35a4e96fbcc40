// SPDX-License-Identifier: MIT
// kiln explain NAME: what a configuration key or a result of a run means.
#pragma once

#include "cli/command.h"

namespace CLI {
class App;
}

namespace kiln::cli {

void add_explain_command(CLI::App& app, Context& context);

}  // namespace kiln::cli
