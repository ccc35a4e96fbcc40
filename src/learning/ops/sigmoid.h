// SPDX-License-Identifier: MIT
// The logistic function of activations and gates.
#pragma once

#include <cmath>

namespace kiln::learning {

inline float sigmoid(float x) {
  return 1 / (1 + std::exp(-x));
}

}  // namespace kiln::learning
