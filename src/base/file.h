// SPDX-License-Identifier: MIT
// Files are read whole; src/output writes them.
#pragma once

#include <string>

namespace kiln::base {

/// Why a file cannot be read (missing, a folder, no permission); empty when it can.
std::string why_unreadable(const std::string& path);
/// Contents of a regular file. Throws ConfigError naming the path and the reason.
std::string read_file(const std::string& path);

}  // namespace kiln::base
