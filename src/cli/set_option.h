// SPDX-License-Identifier: MIT
// The --set option of every command that reads a configuration: --set a.b=1 c=2 --set d=3.
#pragma once

#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace kiln::cli {

/// Adds --set; each use takes one key.key=value.
void add_set_option(CLI::App& command, std::vector<std::string>& overrides);

/// Puts a --set before each key=value that follows another one, so that one --set serves several of them and
/// still never takes a file name. Likewise for --bind and --treat.
std::vector<std::string> one_set_each(const std::vector<std::string>& arguments);

}  // namespace kiln::cli
