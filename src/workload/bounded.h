// SPDX-License-Identifier: MIT
// Products of user-given extents, checked: a layer too large for 64-bit counts is an input error.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <stdexcept>

namespace kiln::workload {

/// Values, weights or multiply-accumulates of one layer and
/// sample; with the largest batch (2^20) all counts fit.
inline constexpr std::int64_t kLargestCount = std::int64_t{1} << 42;

/// Throws std::out_of_range above kLargestCount.
inline std::int64_t bounded_product(std::initializer_list<std::int64_t> factors) {
  std::int64_t product = 1;
  for (const std::int64_t factor : factors) {
    if (factor > 0 && product > kLargestCount / factor)
      throw std::out_of_range("a layer of more than 2^42 values, weights or multiplications");
    product *= factor;
  }
  return product;
}

}  // namespace kiln::workload
