// SPDX-License-Identifier: MIT
// kiln npu --config F --topology X.csv
#pragma once

#include "cli/command.h"

namespace CLI {
class App;
}

namespace kiln::cli {

void add_npu_command(CLI::App& app, Context& context);

}  // namespace kiln::cli
