// SPDX-License-Identifier: MIT
#pragma once

#include "cli/command.h"

namespace CLI {
class App;
}

namespace kiln::cli {

void add_trace_command(CLI::App& app, Context& context);

}  // namespace kiln::cli
