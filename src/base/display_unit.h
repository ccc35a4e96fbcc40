// SPDX-License-Identifier: MIT
// Units as people choose them, and what texts with units have in common.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/units.h"

namespace kiln::base {

/// A unit in which people write a value of some size: value / factor in `symbol`.
struct DisplayUnit {
  std::string_view symbol;
  double factor = 1;
};
/// For `none` and `fraction` no symbol and 1; temperatures stay degrees Celsius.
DisplayUnit display_unit(double value, Dimension dimension);
/// The first dimension with this SI symbol ("s", "degC"); nothing for an empty or another symbol.
std::optional<Dimension> dimension_of_unit(std::string_view si_symbol);
/// The first dimension in which every text is a quantity with its unit, or `none` if all are bare numbers;
/// nothing where a text is neither or there is none.
std::optional<Dimension> common_dimension(const std::vector<std::string>& texts);

}  // namespace kiln::base
