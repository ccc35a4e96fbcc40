// SPDX-License-Identifier: MIT
#include "cli/fail_condition.h"

#include <algorithm>

#include "base/error.h"
#include "base/text.h"
#include "base/units.h"

namespace kiln::cli {

namespace {

[[noreturn]] void refuse(const std::string& condition, const std::string& message) {
  throw base::ConfigError({fmt::format("--fail-on {}", condition), 0, 0}, "", message);
}

bool holds(double left, Comparison comparison, double right) {
  switch (comparison) {
    case Comparison::less:
      return left < right;
    case Comparison::less_or_equal:
      return left <= right;
    case Comparison::greater:
      return left > right;
    case Comparison::greater_or_equal:
      return left >= right;
    case Comparison::equal:
      return left == right;
    case Comparison::not_equal:
      return left != right;
  }
  return false;
}

}  // namespace

FailCondition parse_fail_condition(const std::string& text) {
  static const std::vector<std::pair<std::string, Comparison>> kSigns = {
      {">=", Comparison::greater_or_equal}, {"<=", Comparison::less_or_equal}, {"==", Comparison::equal},
      {"!=", Comparison::not_equal},        {">", Comparison::greater},        {"<", Comparison::less}};
  const std::size_t at = text.find_first_of("<>=!");
  const auto sign = std::find_if(kSigns.begin(), kSigns.end(), [&](const auto& entry) {
    return at != std::string::npos && text.compare(at, entry.first.size(), entry.first) == 0;
  });
  if (sign == kSigns.end())
    refuse(text, "expected KEY>VALUE with one of > >= < <= == !=, for example throttled_time_s>0");
  FailCondition condition{text, std::string(base::trim(text.substr(0, at))), sign->second, 0};
  if (condition.key.empty()) refuse(text, "the key of the summary is missing");
  try {
    condition.value = base::parse_quantity(text.substr(at + sign->first.size()), base::Dimension::none);
  } catch (const base::UnitError& error) {
    refuse(text, fmt::format("{}; the value is a plain number in the unit that the key names", error.what()));
  }
  return condition;
}

std::vector<std::string> holding(const std::vector<FailCondition>& conditions,
                                 const std::vector<std::pair<std::string, double>>& numbers) {
  std::vector<std::string> found;
  for (const FailCondition& condition : conditions) {
    const auto number = std::find_if(numbers.begin(), numbers.end(),
                                     [&](const auto& entry) { return entry.first == condition.key; });
    if (number == numbers.end()) {
      std::vector<std::string> keys;
      for (const auto& entry : numbers) keys.push_back(entry.first);
      refuse(condition.text, fmt::format("the summary has no key '{}'{}", condition.key,
                                         base::suggestion(condition.key, keys)));
    }
    if (holds(number->second, condition.comparison, condition.value))
      found.push_back(fmt::format("{} ({} is {})", condition.text, condition.key, number->second));
  }
  return found;
}

}  // namespace kiln::cli
