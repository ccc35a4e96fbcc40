// SPDX-License-Identifier: MIT
// kiln noc --config F (--pattern P --rate R | --flows F.csv)
#pragma once

#include "cli/command.h"

namespace CLI {
class App;
}

namespace kiln::cli {

void add_noc_command(CLI::App& app, Context& context);

}  // namespace kiln::cli
