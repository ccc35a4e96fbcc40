// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

#include "cli/command.h"

namespace kiln::cli {

/// Parses the arguments (without the program's name), runs the command and returns the exit code. Never
/// throws; every problem is one line on `context.err`.
int run_application(const std::vector<std::string>& arguments, Context& context);

}  // namespace kiln::cli
