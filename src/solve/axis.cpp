// SPDX-License-Identifier: MIT
#include "solve/axis.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "base/text.h"
#include "config/find_field.h"
#include "experiment/experiment.h"

namespace kiln::solve {

namespace {

constexpr double kWide = 8;  // beyond this ratio of its ends a range is searched by its logarithm

/// A part of an option's word, with the place that errors name.
class Word {
 public:
  Word(const std::string& option, const std::string& word) : option_(option), word_(word) {}

  [[noreturn]] void fail(const std::string& message) const {
    throw base::ConfigError({fmt::format("{} {}", option_, word_), 0, 0}, "", message);
  }

 private:
  const std::string &option_, &word_;
};

/// Parts between commas that stand in no brackets.
std::vector<std::string> split_values(std::string_view text) {
  std::vector<std::string> parts(1);
  int depth = 0;
  for (const char c : text) {
    depth += c == '{' || c == '[' ? 1 : c == '}' || c == ']' ? -1 : 0;
    if (c == ',' && depth == 0)
      parts.emplace_back();
    else
      parts.back() += c;
  }
  for (std::string& part : parts) part = base::trim(part);
  return parts;
}

bool is_bare_number(const std::string& text) {
  try {
    base::parse_quantity(text, base::Dimension::none);
    return true;
  } catch (const base::UnitError&) {
    return false;
  }
}

bool has_unit(base::Dimension dimension) {
  return !base::si_unit(dimension).empty();
}

std::string with_unit(const std::string& text, const std::string& unit, const Axis& axis) {
  if (!has_unit(axis.dimension) || !is_bare_number(text)) return text;
  return text + " " + (unit.empty() ? std::string(base::si_unit(axis.dimension)) : unit);
}

/// What stands behind the number in "12 W".
std::string unit_of(const std::string& text) {
  const std::size_t last = text.find_last_of("0123456789.");
  return last == std::string::npos ? "" : std::string(base::trim(text.substr(last + 1)));
}

double number_of(const std::string& text, const Axis& axis, const Word& word) {
  try {
    return base::parse_quantity(text, axis.dimension);
  } catch (const base::UnitError& error) {
    word.fail(error.what());
  }
}

void read_range(Axis& axis, const std::string& value, std::size_t dots, const Word& word) {
  const std::string low(base::trim(value.substr(0, dots))), high(base::trim(value.substr(dots + 2)));
  const std::string unit = is_bare_number(low) && !is_bare_number(high) ? unit_of(high) : "";
  axis.continuous = true;
  axis.low = number_of(with_unit(low, unit, axis), axis, word);
  axis.high = number_of(with_unit(high, unit, axis), axis, word);
  if (!(axis.low < axis.high)) word.fail("a range goes from its lower to its higher end, as 10..2000");
  if (axis.whole && (axis.low != std::floor(axis.low) || axis.high != std::floor(axis.high)))
    word.fail("is a whole number, and so are the ends of its range");
}

void read_values(Axis& axis, const std::string& value, const Word& word) {
  const std::size_t close = value.rfind('}');
  if (close == std::string::npos) word.fail("a list of values ends with '}', as {25,30,35}");
  const std::string unit(base::trim(value.substr(close + 1)));
  for (const std::string& part : split_values(value.substr(1, close - 1))) {
    if (part.empty()) word.fail("a value is empty");
    axis.values.push_back(with_unit(part, unit, axis));
  }
}

/// "; did you mean 'rate'?"
std::string nearest(const config::RecordBase& root, const std::string& key) {
  const std::size_t dot = key.rfind('.');
  const config::FieldInfo* above =
      dot == std::string::npos ? nullptr : config::find_field(root, key.substr(0, dot));
  const config::RecordBase* record = dot == std::string::npos ? &root
                                     : above == nullptr       ? nullptr
                                                              : above->record;
  if (record == nullptr) return "; 'kiln schema experiment' has all keys";
  std::vector<std::string> names;
  for (const config::FieldInfo& field : record->fields()) names.push_back(field.key);
  return base::suggestion(dot == std::string::npos ? key : key.substr(dot + 1), names);
}

Axis axis_of(const std::string& key, const Word& word) {
  const config::RecordBase& root = *config::Value<experiment::ExperimentConfig>::record();
  const config::FieldInfo* field = config::find_field(root, key);
  if (field == nullptr) word.fail(fmt::format("an experiment has no key '{}'{}", key, nearest(root, key)));
  Axis axis;
  axis.key = key;
  axis.dimension = field->spec.unit;
  axis.whole = field->type.starts_with("whole number");
  return axis;
}

Axis parse_axis(const std::string& option, const std::string& text) {
  const Word word(option, text);
  const std::size_t equals = text.find('=');
  if (equals == std::string::npos || equals == 0)
    word.fail("expected KEY=FROM..TO or KEY={VALUE,VALUE,...}, for example run.rate=10..2000");
  const std::string value(base::trim(text.substr(equals + 1)));
  Axis axis = axis_of(text.substr(0, equals), word);
  if (value.empty()) word.fail("the values are missing");
  if (value.front() == '{')
    read_values(axis, value, word);
  else if (const std::size_t dots = value.find("..");
           dots != std::string::npos && value.find('/') == std::string::npos)
    read_range(axis, value, dots, word);
  else
    axis.values.push_back(with_unit(value, "", axis));
  return axis;
}

}  // namespace

bool Axis::logarithmic() const {
  return low > 0 && high / low >= kWide;
}

double Axis::number(double coordinate) const {
  if (coordinate <= 0) return low;
  if (coordinate >= 1) return high;
  const double exact =
      logarithmic() ? low * std::pow(high / low, coordinate) : low + coordinate * (high - low);
  if (whole) return std::round(exact);
  return std::clamp(std::stod(fmt::format("{:.5g}", exact)), low, high);
}

double Axis::coordinate(double value) const {
  return logarithmic() ? std::log(value / low) / std::log(high / low) : (value - low) / (high - low);
}

std::string Axis::text(double coordinate) const {
  if (!continuous) return values.at(static_cast<std::size_t>(coordinate));
  return base::format_quantity(number(coordinate), dimension);
}

std::vector<Axis> parse_axes(const std::string& option, const std::vector<std::string>& words) {
  std::vector<Axis> axes;
  for (const std::string& text : words) {
    Axis axis = parse_axis(option, text);
    const auto same =
        std::find_if(axes.begin(), axes.end(), [&](const Axis& a) { return a.key == axis.key; });
    if (same == axes.end()) {
      axes.push_back(std::move(axis));
      continue;
    }
    if (same->continuous || axis.continuous) Word(option, text).fail("the key has a range already");
    same->values.insert(same->values.end(), axis.values.begin(), axis.values.end());
  }
  for (Axis& axis : axes) {
    std::vector<std::string> different;
    for (const std::string& value : axis.values)
      if (std::find(different.begin(), different.end(), value) == different.end()) different.push_back(value);
    axis.values = std::move(different);
    if (axis.values.size() > kMostValues)
      Word(option, axis.key).fail(fmt::format("has more than {} values", kMostValues));
  }
  return axes;
}

}  // namespace kiln::solve
