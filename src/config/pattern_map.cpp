// SPDX-License-Identifier: MIT
#include "config/pattern_map.h"

#include <algorithm>

#include "base/text.h"

namespace kiln::config {
namespace {

void add_settings(const Node& settings, const std::string& prefix, const PatternEntry& entry,
                  std::vector<AppliedSetting>& applied) {
  for (const auto& [key, value] : settings.map) {
    const std::string path = prefix.empty() ? key : prefix + "." + key;
    if (value.is_map()) {
      add_settings(value, path, entry, applied);
      continue;
    }
    const AppliedSetting setting{path, flow_text(value), entry.pattern, value.place};
    const auto earlier = std::find_if(applied.begin(), applied.end(),
                                      [&](const AppliedSetting& other) { return other.key == path; });
    if (earlier == applied.end())
      applied.push_back(setting);
    else
      *earlier = setting;
  }
}

}  // namespace

bool fits(std::string_view pattern, std::string_view name) {
  // The last * is where to go on from when what follows it does not fit: linear in practice, no recursion.
  constexpr std::size_t kNowhere = std::string_view::npos;
  std::size_t p = 0, n = 0, star = kNowhere, resumed = 0;
  while (n < name.size()) {
    if (p < pattern.size() && (pattern[p] == '?' || (pattern[p] == name[n] && pattern[p] != '*'))) {
      ++p;
      ++n;
    } else if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      resumed = n;
    } else if (star != kNowhere) {
      p = star + 1;
      n = ++resumed;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

void PatternEntries::require_names(const std::vector<std::string>& names, const std::string& key) const {
  std::vector<base::Problem> problems;
  for (const PatternEntry& entry : entries_) {
    const bool found = std::any_of(names.begin(), names.end(),
                                   [&](const std::string& name) { return fits(entry.pattern, name); });
    if (found) continue;
    std::string plain = entry.pattern;
    std::erase_if(plain, [](char c) { return c == '*' || c == '?'; });
    const std::string near = base::nearest_name(plain, names);
    std::vector<std::string> first(names.begin(),
                                   names.begin() + std::min<std::ptrdiff_t>(8, std::ssize(names)));
    if (names.size() > first.size()) first.push_back("...");
    problems.push_back(
        {entry.place, fmt::format("{}.{}", key, entry.pattern),
         fmt::format("fits no layer{}", near.empty() ? "; layers: " + base::join(first, ", ")
                                                     : fmt::format("; did you mean '{}'?", near))});
  }
  if (!problems.empty()) throw base::ConfigError(problems);
}

std::vector<AppliedSetting> PatternEntries::applied(const std::string& name) const {
  std::vector<AppliedSetting> applied;
  for (const PatternEntry& entry : entries_)
    if (fits(entry.pattern, name)) add_settings(entry.settings, "", entry, applied);
  return applied;
}

}  // namespace kiln::config
