// SPDX-License-Identifier: MIT
// Files are read whole; src/output writes them.
#pragma once

#include <string>

namespace kiln::base {

/// Contents of a regular file. Throws ConfigError naming the path and the reason.
std::string read_file(const std::string& path);

}  // namespace kiln::base
