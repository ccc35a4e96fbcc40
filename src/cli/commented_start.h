// SPDX-License-Identifier: MIT
// A configuration to begin with: the text of a supplied file under a new name, with what its keys mean.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "cli/catalogue.h"

namespace kiln::cli {

struct Start {
  const FileKind* kind = nullptr;
  std::filesystem::path from;     ///< the supplied file
  std::filesystem::path target;   ///< where the text will stand: names of files are told from there
  std::string name;               ///< the new configuration's
  std::vector<std::string> head;  ///< lines of comment below the schema line
};

/// The file's text with its own comments; above every key that begins a line what the key means, its units
/// and bounds, and at the end the keys that the file leaves at their defaults, commented out. Throws
/// ConfigError if the file is none of that kind.
std::string commented_start(const Start& start);

}  // namespace kiln::cli
