// SPDX-License-Identifier: MIT
#include "sweep/bounded_json.h"

namespace kiln::sweep {

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

}  // namespace kiln::sweep
