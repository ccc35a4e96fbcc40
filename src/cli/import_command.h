// SPDX-License-Identifier: MIT
// `kiln import`: an ONNX model as a network file.
#pragma once

#include "cli/command.h"

namespace CLI {
class App;
}

namespace kiln::cli {

void add_import_command(CLI::App& app, Context& context);

}  // namespace kiln::cli
