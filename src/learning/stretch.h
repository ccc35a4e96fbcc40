// SPDX-License-Identifier: MIT
// Some of the values that lie one behind another.
#pragma once

#include <cstddef>
#include <limits>

namespace kiln::learning {

/// Values [first, end) of several; by default all.
struct Stretch {
  std::size_t first = 0, end = std::numeric_limits<std::size_t>::max();
  bool operator==(const Stretch&) const = default;
};

}  // namespace kiln::learning
