// SPDX-License-Identifier: MIT
// Axes of numbers: labels such as "25 degC" or "800 MHz" as positions in one unit.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace kiln::base {

struct AxisScale {
  std::string unit;            ///< of all values, as the labels write it; empty for bare numbers
  std::vector<double> values;  ///< parallel to the labels
  /// Positive over more than a decade and a half: equal steps are equal factors.
  bool logarithmic() const;
};

/// Nothing unless every label is a number, or a quantity of the same dimension.
std::optional<AxisScale> axis_scale(const std::vector<std::string>& labels);

/// Heads a column or an axis: "ambient [degC]", or the name alone.
std::string with_unit(const std::string& name, const std::optional<AxisScale>& scale);

}  // namespace kiln::base
