// SPDX-License-Identifier: MIT
// JSON to and from text, compiled once. It may come from anyone: what is read later by recursion or looked
// through key by key is bounded. Paths and names may hold bytes that are no UTF-8, which JSON cannot; they
// show as U+FFFD.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "base/error.h"

namespace kiln::output {

/// Keys in the order in which they were written.
using Json = nlohmann::ordered_json;

/// `indent` -1: on one line.
std::string json_text(const Json& json, int indent = -1);
std::string json_text(const nlohmann::json& json, int indent = -1);

/// A discarded value for what is no JSON. Throws ConfigError at `place` for more than 64 levels or 20,000
/// keys.
Json parse_json(std::string_view text, const base::Place& place);

}  // namespace kiln::output
