// SPDX-License-Identifier: MIT
// kiln run EXPERIMENT.yaml: one simulated experiment, one folder.
#pragma once

#include "cli/command.h"

namespace CLI {
class App;
}

namespace kiln::cli {

void add_run_command(CLI::App& app, Context& context);

}  // namespace kiln::cli
