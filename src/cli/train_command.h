// SPDX-License-Identifier: MIT
// kiln train EXPERIMENT.yaml: learning on the chip that is simulated, one folder.
#pragma once

#include "cli/command.h"

namespace CLI {
class App;
}

namespace kiln::cli {

void add_train_command(CLI::App& app, Context& context);

}  // namespace kiln::cli
