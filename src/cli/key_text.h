// SPDX-License-Identifier: MIT
// What is known of a configuration key, in words.
#pragma once

#include <string>

#include "config/record.h"

namespace kiln::cli {

/// "at least 1 MHz and at most 5 GHz"; empty where everything is allowed.
std::string range_text(const config::Spec& spec);
/// The default as it is written in YAML; empty where there is none.
std::string default_text(const config::FieldInfo& field);

}  // namespace kiln::cli
