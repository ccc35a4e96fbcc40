// SPDX-License-Identifier: MIT
// JSON that may come from anyone: what is read later by recursion or looked through key by key is bounded.
#pragma once

#include <nlohmann/json.hpp>
#include <string_view>

#include "base/error.h"

namespace kiln::sweep {

using Json = nlohmann::ordered_json;

/// A discarded value for what is no JSON. Throws ConfigError at `place` for more than 64 levels or 20,000
/// keys.
Json parse_json(std::string_view text, const base::Place& place);

}  // namespace kiln::sweep
