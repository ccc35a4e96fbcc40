// SPDX-License-Identifier: MIT
// A configuration that the user names without saying where it lies.
#pragma once

#include <CLI/CLI.hpp>
#include <string>

namespace kiln::cli {

/// A path as it is; a bare word that is no file here ("quickstart", "edge_lpddr5") becomes the supplied file
/// of that name in `folder` of configs (find_configs). Throws ConfigError with the nearest name where there
/// is none.
std::string named_file(const std::string& spelling, const std::string& folder);

/// The same for a positional option: what the command gets is a path.
CLI::Validator file_named_in(const std::string& folder);

}  // namespace kiln::cli
