// SPDX-License-Identifier: MIT
// Random choices of a test: of one number the same ones in every run, whatever else is drawn.
#pragma once

#include <cmath>
#include <cstdint>
#include <string_view>
#include <vector>

#include "base/rng.h"

namespace kiln::testing {

/// Draws in a fixed order.
class Draw {
 public:
  Draw(std::string_view test, std::string_view purpose, int number)
      : rng_(1, test, purpose, static_cast<std::uint64_t>(number)) {}

  int between(int low, int high) {
    return low + static_cast<int>(rng_.below(static_cast<std::uint64_t>(high - low + 1)));
  }
  double between(double low, double high) { return low + (high - low) * rng_.uniform(); }
  /// Evenly in the logarithm.
  double magnitude(double low, double high) { return low * std::pow(high / low, rng_.uniform()); }
  bool with(double probability) { return rng_.uniform() < probability; }
  template <class T>
  T one_of(const std::vector<T>& items) {
    return items[rng_.below(items.size())];
  }

 private:
  base::Rng rng_;
};

}  // namespace kiln::testing
