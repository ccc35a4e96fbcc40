// SPDX-License-Identifier: MIT
// The first line of a configuration file says what kind of file it is, to editors and to Kiln.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace kiln::config {

/// "# yaml-language-server: $schema=noc.json\n" for the kind "noc".
std::string schema_line(std::string_view kind);
/// The kind that the first line of a text names, whatever folder the schema is said to be in.
std::optional<std::string> schema_of(std::string_view text);

/// The version of the keys that this Kiln knows. It rises when a key is removed or changes its meaning.
inline constexpr int kSchemaVersion = 1;
/// "schema_version: 1\n"
std::string version_line();

}  // namespace kiln::config
