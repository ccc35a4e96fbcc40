// SPDX-License-Identifier: MIT
// --fail-on 'KEY>VALUE': a condition on the summary under which the command ends with exit code 3.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace kiln::cli {

enum class Comparison { less, less_or_equal, greater, greater_or_equal, equal, not_equal };

struct FailCondition {
  std::string text;
  std::string key;
  Comparison comparison = Comparison::greater;
  double value = 0;
};

/// Throws ConfigError for anything but KEY, one of > >= < <= == != and a plain number.
FailCondition parse_fail_condition(const std::string& text);

/// The conditions that hold, each as "KEY>VALUE (KEY is X)". Throws ConfigError for a key the summary lacks.
std::vector<std::string> holding(const std::vector<FailCondition>& conditions,
                                 const std::vector<std::pair<std::string, double>>& numbers);

}  // namespace kiln::cli
