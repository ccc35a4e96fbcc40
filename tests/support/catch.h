// SPDX-License-Identifier: MIT
// Catch2 v2 (Debian 12) and v3 (Ubuntu 24.04) behind one include.
#pragma once

#include <string>

#if __has_include(<catch2/catch_all.hpp>)
#include <catch2/catch_all.hpp>
using Catch::Approx;  // which v2 declares by itself
namespace kiln::testing {
/// Matches a text that contains `part`.
inline auto contains(const std::string& part) {
  return Catch::Matchers::ContainsSubstring(part);
}
}  // namespace kiln::testing
#else
#include <catch2/catch.hpp>
namespace kiln::testing {
/// Matches a text that contains `part`.
inline auto contains(const std::string& part) {
  return Catch::Matchers::Contains(part);
}
}  // namespace kiln::testing
#endif
