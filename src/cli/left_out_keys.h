// SPDX-License-Identifier: MIT
// The keys that a configuration file leaves at their defaults, written into it as comments that can be
// opened.
#pragma once

#include <string>

#include "cli/catalogue.h"

namespace kiln::cli {

/// `text` of a file of `kind` with one key a line in every map of a record that leaves keys out: a map in
/// braces has no place for comments. Maps that include a file stay as they are. `file`: where names of files
/// in it are told from. Throws ConfigError for a text that is none of that kind.
std::string in_blocks(const FileKind& kind, std::string text, const std::string& file);

/// `text` with what it leaves out: below what it says of a record each other key as `#key: default`, which is
/// in force without the '#'; records that it does not mention with one key at its default and the others so.
/// Keys without a default are described; a record that is absent without its key (`battery`) follows as a
/// block of comments, one '# ' before each line, unless a key of it has no default. Throws ConfigError.
std::string with_left_out_keys(const FileKind& kind, const std::string& text, const std::string& file);

}  // namespace kiln::cli
