// SPDX-License-Identifier: MIT
// `kiln pipeline`: from raw or generated samples to a deployed model.
#pragma once

#include "cli/command.h"

namespace CLI {
class App;
}

namespace kiln::cli {

void add_pipeline_command(CLI::App& app, Context& context);

}  // namespace kiln::cli
