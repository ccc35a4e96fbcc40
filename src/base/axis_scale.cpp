// SPDX-License-Identifier: MIT
#include "base/axis_scale.h"

#include <algorithm>

#include "base/display_unit.h"
#include "base/text.h"

namespace kiln::base {

namespace {

constexpr double kWide = 30;  // ratio of the ends from which an axis is logarithmic

/// The number in front of a label, and what stands behind it.
struct Written {
  double value = 0;
  std::string unit;
};

std::optional<Written> written(const std::string& label) {
  for (std::size_t length = label.size(); length > 0; --length) try {
      const double value = parse_quantity(label.substr(0, length), Dimension::none);
      return Written{value, std::string(trim(std::string_view(label).substr(length)))};
    } catch (const UnitError&) {  // a shorter beginning may be the number
    }
  return std::nullopt;
}

}  // namespace

bool AxisScale::logarithmic() const {
  const auto [low, high] = std::minmax_element(values.begin(), values.end());
  return !values.empty() && *low > 0 && *high / *low > kWide;
}

std::optional<AxisScale> axis_scale(const std::vector<std::string>& labels) {
  const auto dimension = common_dimension(labels);
  if (!dimension) return std::nullopt;
  std::vector<Written> all;
  for (const std::string& label : labels) {
    const auto one = written(label);
    if (!one) return std::nullopt;
    all.push_back(*one);
  }
  const bool alike =
      std::all_of(all.begin(), all.end(), [&](const Written& one) { return one.unit == all.front().unit; });
  AxisScale scale{alike ? all.front().unit : std::string(si_unit(*dimension)), {}};
  for (std::size_t i = 0; i < all.size(); ++i)
    scale.values.push_back(alike ? all[i].value : parse_quantity(labels[i], *dimension));
  return scale;
}

std::string with_unit(const std::string& name, const std::optional<AxisScale>& scale) {
  return scale && !scale->unit.empty() ? fmt::format("{} [{}]", name, scale->unit) : name;
}

}  // namespace kiln::base
