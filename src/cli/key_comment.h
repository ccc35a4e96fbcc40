// SPDX-License-Identifier: MIT
// What a key means, as a comment of a configuration file.
#pragma once

#include <string>

#include "config/record.h"

namespace kiln::cli {

/// Words on lines of comment, each behind `indent`.
std::string comment(const std::string& text, const std::string& indent);
/// The field's sentence with its units, words and bounds.
std::string meaning(const config::FieldInfo& field);

}  // namespace kiln::cli
