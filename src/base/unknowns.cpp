// SPDX-License-Identifier: MIT
#include "base/unknowns.h"

#include <algorithm>

namespace kiln::base {

void Unknowns::meet(const Place& place, const std::string& key, const std::string& what,
                    std::string_view remedy) {
  if (!lenient()) throw ConfigError(place, key, fmt::format("{}; {} (--lenient skips it)", what, remedy));
  const auto same = std::ranges::find_if(
      skipped_, [&](const Skipped& known) { return known.first.key == key && known.first.message == what; });
  if (same != skipped_.end())
    ++same->times;
  else if (skipped_.size() < kMostNamed)
    skipped_.push_back({.first = {place, key, what}});
  else
    ++unnamed_;
}

std::vector<std::string> Unknowns::skipped() const {
  std::vector<std::string> lines;
  for (const Skipped& known : skipped_)
    lines.push_back(known.first.text() + (known.times > 1 ? fmt::format(" ({} times)", known.times) : ""));
  if (unnamed_ > 0) lines.push_back(fmt::format("and {} others", unnamed_));
  return lines;
}

}  // namespace kiln::base
