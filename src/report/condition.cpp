// SPDX-License-Identifier: MIT
#include "report/condition.h"

#include <algorithm>

#include "base/error.h"
#include "base/text.h"
#include "base/units.h"

namespace kiln::report {

namespace {

[[noreturn]] void refuse(const std::string& option, const std::string& text, const std::string& message) {
  throw base::ConfigError({fmt::format("{} {}", option, text), 0, 0}, "", message);
}

}  // namespace

bool Condition::holds(double number) const {
  switch (comparison) {
    case Comparison::less:
      return number < value;
    case Comparison::less_or_equal:
      return number <= value;
    case Comparison::greater:
      return number > value;
    case Comparison::greater_or_equal:
      return number >= value;
    case Comparison::equal:
      return number == value;
    case Comparison::not_equal:
      return number != value;
  }
  return false;
}

Condition parse_condition(const std::string& option, const std::string& text) {
  static const std::vector<std::pair<std::string, Comparison>> kSigns = {
      {">=", Comparison::greater_or_equal}, {"<=", Comparison::less_or_equal}, {"==", Comparison::equal},
      {"!=", Comparison::not_equal},        {">", Comparison::greater},        {"<", Comparison::less}};
  const std::size_t at = text.find_first_of("<>=!");
  const auto sign = std::find_if(kSigns.begin(), kSigns.end(), [&](const auto& entry) {
    return at != std::string::npos && text.compare(at, entry.first.size(), entry.first) == 0;
  });
  if (sign == kSigns.end())
    refuse(option, text, "expected KEY>VALUE with one of > >= < <= == !=, for example throttled_time_s>0");
  Condition condition{option, text, std::string(base::trim(text.substr(0, at))), sign->second, 0};
  if (condition.key.empty()) refuse(option, text, "the key of the summary is missing");
  try {
    condition.value = base::parse_quantity(text.substr(at + sign->first.size()), base::Dimension::none);
  } catch (const base::UnitError& error) {
    refuse(option, text,
           fmt::format("{}; the value is a plain number in the unit that the key names", error.what()));
  }
  return condition;
}

std::vector<std::string> holding(const std::vector<Condition>& conditions,
                                 const std::vector<std::pair<std::string, double>>& numbers) {
  std::vector<std::string> found;
  for (const Condition& condition : conditions) {
    const auto number = std::find_if(numbers.begin(), numbers.end(),
                                     [&](const auto& entry) { return entry.first == condition.key; });
    if (number == numbers.end()) {
      std::vector<std::string> keys;
      for (const auto& entry : numbers) keys.push_back(entry.first);
      refuse(
          condition.option, condition.text,
          fmt::format("the summary has no key '{}'{}", condition.key, base::suggestion(condition.key, keys)));
    }
    if (condition.holds(number->second))
      found.push_back(fmt::format("{} ({} is {})", condition.text, condition.key, number->second));
  }
  return found;
}

}  // namespace kiln::report
