// SPDX-License-Identifier: MIT
#include "output/json.h"

#include <fmt/core.h>

namespace kiln::output {

namespace {

template <class AnyJson>
std::string dumped(const AnyJson& json, int indent) {
  return json.dump(indent, ' ', false, AnyJson::error_handler_t::replace);
}

}  // namespace

std::string json_text(const Json& json, int indent) {
  return dumped(json, indent);
}

std::string json_text(const nlohmann::json& json, int indent) {
  return dumped(json, indent);
}

Json parse_json(std::string_view text, const base::Place& place) {
  constexpr int kMostLevels = 64;
  constexpr int kMostKeys = 20'000;  // an ordered object compares each new key with all before
  int keys = 0;
  const auto check = [&](int depth, Json::parse_event_t event, const Json&) {
    if (depth > kMostLevels)
      throw base::ConfigError(place, "", fmt::format("is nested in more than {} levels", kMostLevels));
    if (event == Json::parse_event_t::key && ++keys > kMostKeys)
      throw base::ConfigError(place, "", fmt::format("has more than {} keys", kMostKeys));
    return true;
  };
  return Json::parse(text, check, false);
}

}  // namespace kiln::output
