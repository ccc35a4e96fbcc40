// SPDX-License-Identifier: MIT
#pragma once

#include <concepts>
#include <type_traits>

namespace kiln::base {

/// The quotient rounded up; `a` is at least 0, `b` at least 1.
template <std::integral A, std::integral B>
constexpr std::common_type_t<A, B> ceil_div(A a, B b) {
  return (a + b - 1) / b;
}

}  // namespace kiln::base
