// SPDX-License-Identifier: MIT
#include "base/error.h"

#include <string_view>

#include "base/text.h"

namespace kiln::base {

namespace {

std::string joined(const std::vector<Problem>& problems) {
  std::string text;
  for (const Problem& problem : problems) {
    if (!text.empty()) text += '\n';
    text += problem.text();
  }
  return text;
}

}  // namespace

std::string Place::text() const {
  if (line == 0) return file;
  return fmt::format("{}:{}:{}", file, line, column);
}

std::string Problem::text() const {
  const std::string where = place.text();
  return shown(
      fmt::format("{}{}{}{}{}", where, where.empty() ? "" : ": ", key, key.empty() ? "" : ": ", message));
}

ConfigError::ConfigError(std::vector<Problem> problems)
    : std::runtime_error(joined(problems)), problems_(std::move(problems)) {}

ConfigError::ConfigError(Place place, std::string key, std::string message)
    : ConfigError(std::vector<Problem>{{std::move(place), std::move(key), std::move(message)}}) {}

void fail_check(const char* expression, const char* file, int line, const std::string& message) {
  const std::string_view path(file);
  const auto slash = path.rfind('/');
  throw BrokenInvariant(fmt::format("invariant broken: {} ({} at {}:{})", message, expression,
                                    path.substr(slash == std::string_view::npos ? 0 : slash + 1), line));
}

}  // namespace kiln::base
