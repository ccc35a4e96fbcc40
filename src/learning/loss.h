// SPDX-License-Identifier: MIT
// Losses of outputs against what they shall be, and their slopes.
#pragma once

#include <cstdint>
#include <span>

namespace kiln::learning {

/// Sums over positions (cross entropy) or values (mean squared error).
struct LossTotals {
  double loss = 0;
  std::int64_t terms = 0;
  std::int64_t correct = 0;  ///< positions whose largest output is the class, all outputs being finite
  double mean() const { return terms == 0 ? 0 : loss / static_cast<double>(terms); }
  double accuracy() const {
    return terms == 0 ? 0 : static_cast<double>(correct) / static_cast<double>(terms);
  }
  LossTotals& operator+=(const LossTotals& other) {
    loss += other.loss;
    terms += other.terms;
    correct += other.correct;
    return *this;
  }
};

/// A teacher's outputs and what they count (Hinton et al. 2015). `outputs` empty: none.
struct Teacher {
  std::span<const float> outputs;
  double share = 0.5, temperature = 4;
};

/// Cross entropy of rows of `classes` outputs against one label each. `error` (may be empty) gets the slope
/// of each term times `scale`. Throws SimError for a label that is no class.
LossTotals cross_entropy(std::span<const float> outputs, std::span<const std::int32_t> labels,
                         std::size_t classes, double scale, std::span<float> error,
                         const Teacher& teacher = {});
/// Mean squared error; `correct` stays 0.
LossTotals mean_squared_error(std::span<const float> outputs, std::span<const float> wanted, double scale,
                              std::span<float> error);

}  // namespace kiln::learning
