// SPDX-License-Identifier: MIT
// 'KEY>VALUE': a condition on the numbers of a run, as --fail-on and --subject-to take it.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace kiln::report {

enum class Comparison { less, less_or_equal, greater, greater_or_equal, equal, not_equal };

struct Condition {
  std::string option;  ///< that it was given by, for errors
  std::string text;
  std::string key;
  Comparison comparison = Comparison::greater;
  double value = 0;

  bool holds(double number) const;
};

/// Throws ConfigError, naming `option`, for anything but KEY, one of > >= < <= == != and a plain number.
Condition parse_condition(const std::string& option, const std::string& text);

/// The conditions that hold, each as "KEY>VALUE (KEY is X)". Throws ConfigError for a key the summary lacks.
std::vector<std::string> holding(const std::vector<Condition>& conditions,
                                 const std::vector<std::pair<std::string, double>>& numbers);

}  // namespace kiln::report
