// SPDX-License-Identifier: MIT
// Nodes back to text.
#pragma once

#include <string>

#include "config/record.h"

namespace kiln::config {

/// Block-style YAML with a final newline.
std::string to_yaml(const Node& node);
/// Indented JSON; unquoted scalars are numbers, booleans or null.
std::string to_json(const Node& node);
/// JSON Schema 2020-12 of a record and everything it contains.
std::string json_schema(const RecordBase& record);

}  // namespace kiln::config
