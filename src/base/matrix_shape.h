// SPDX-License-Identifier: MIT
// A matrix among the values of an array.
#pragma once

#include <cstdint>

namespace kiln::base {

/// Row-major, `offset` elements in front of it.
struct MatrixShape {
  std::int64_t offset = 0, rows = 0, columns = 0;

  std::int64_t elements() const { return rows * columns; }
  bool operator==(const MatrixShape&) const = default;
};

}  // namespace kiln::base
