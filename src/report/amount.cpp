// SPDX-License-Identifier: MIT
#include "report/amount.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "base/display_unit.h"
#include "report/glossary.h"

namespace kiln::report {

namespace {

constexpr double kFar = 100;  // a change beyond this factor is told as one

/// Endings of keys (src/base/units.h: units are in the names).
constexpr std::array<std::pair<std::string_view, std::string_view>, 8> kEndings = {{{"_s_low", "s"},
                                                                                    {"_s_high", "s"},
                                                                                    {"_j_low", "J"},
                                                                                    {"_j_high", "J"},
                                                                                    {"_s", "s"},
                                                                                    {"_j", "J"},
                                                                                    {"_w", "W"},
                                                                                    {"_c", "degC"}}};

/// Four significant digits without an exponent where people write none.
std::string digits_text(double value) {
  const double size = std::abs(value);
  if (size != 0 && (size >= 1e6 || size < 1e-3)) return fmt::format("{:.3g}", value);
  if (size >= 1e4) return fmt::format("{:.0f}", value);
  return fmt::format("{:.4g}", value);
}

}  // namespace

std::string unit_or_ending(std::string_view key) {
  if (find_glossary_entry(key) != nullptr) return unit_of(key);
  for (const auto& [ending, unit] : kEndings)
    if (key.ends_with(ending)) return std::string(unit);
  return "";
}

bool is_temperature(std::string_view key) {
  return unit_or_ending(key) == "degC";
}

ShownIn shown_in(double largest, std::string_view key) {
  const std::string unit = unit_or_ending(key);
  const auto dimension = base::dimension_of_unit(unit);
  if (!dimension) return {unit, 1};
  const base::DisplayUnit shown = base::display_unit(largest, *dimension);
  return {std::string(shown.symbol), shown.factor};
}

std::string amount_text(double value, std::string_view key) {
  return amount_text(value, value, key);
}

std::string amount_text(double low, double high, std::string_view key) {
  const ShownIn shown = shown_in(std::max(std::abs(low), std::abs(high)), key);
  const std::string first = digits_text(low / shown.factor), last = digits_text(high / shown.factor);
  return fmt::format("{}{}{}{}", first, first == last ? "" : ".." + last, shown.unit.empty() ? "" : " ",
                     shown.unit);
}

std::string change_text(double from, double to, std::string_view key) {
  if (is_temperature(key)) return fmt::format("{:+.2f} K", to - from);
  if (from == 0) return from == to ? "+0.00 %" : "-";
  const double ratio = to / from;
  return std::abs(ratio) > kFar ? fmt::format("x {:.3g}", ratio)
                                : fmt::format("{:+.2f} %", 100 * (ratio - 1));
}

}  // namespace kiln::report
