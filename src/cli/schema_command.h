// SPDX-License-Identifier: MIT
// kiln schema [NAME]: JSON Schemas of the configuration files.
#pragma once

#include "cli/command.h"

namespace CLI {
class App;
}

namespace kiln::cli {

void add_schema_command(CLI::App& app, Context& context);

}  // namespace kiln::cli
