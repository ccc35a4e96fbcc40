// SPDX-License-Identifier: MIT
// kiln job JOB.yaml: hours of training on a device, one folder.
#pragma once

#include "cli/command.h"

namespace CLI {
class App;
}

namespace kiln::cli {

void add_job_command(CLI::App& app, Context& context);

}  // namespace kiln::cli
