// SPDX-License-Identifier: MIT
// kiln dram --config F (--trace T | --pattern P --mapping M --requests N)
#pragma once

#include "cli/command.h"

namespace CLI {
class App;
}

namespace kiln::cli {

void add_dram_command(CLI::App& app, Context& context);

}  // namespace kiln::cli
