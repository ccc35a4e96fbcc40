// SPDX-License-Identifier: MIT
// The counts of a test: few in scripts/test, all of them in scripts/test --long.
#pragma once

#include <cstdlib>

namespace kiln::testing {

inline bool long_tests() {
  return std::getenv("KILN_TEST_LONG") != nullptr;
}

template <class Count>
Count count_of(Count usual, Count in_long_tests) {
  return long_tests() ? in_long_tests : usual;
}

}  // namespace kiln::testing
