// SPDX-License-Identifier: MIT
// JSON as text: paths and names may hold bytes that are no UTF-8, which JSON cannot; they show as U+FFFD.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

namespace kiln::output {

/// `indent` -1: on one line.
template <class Json>
std::string json_text(const Json& json, int indent = -1) {
  return json.dump(indent, ' ', false, Json::error_handler_t::replace);
}

}  // namespace kiln::output
