// SPDX-License-Identifier: MIT
// A stepped ramp with hysteresis: a value that follows an
// input in steps and does not chatter between two of them.
#pragma once

#include <algorithm>
#include <cmath>

namespace kiln::governor {

/// Value from 1 at or below `start` to `floor` at or above `end`, rounded down to whole steps below 1.
struct SteppedRamp {
  double start = 0;
  double end = 1;
  double floor = 0;
  double step = 0.1;

  double at(double input) const {
    const double share = std::clamp((input - start) / (end - start), 0.0, 1.0);
    const double wanted = 1 - share * (1 - floor);
    const double steps = std::ceil((1 - wanted) / step - 1e-9);
    return std::max(1 - steps * step, floor);
  }

  /// The next value after `previous`: falls as soon as the ramp
  /// does, rises only once the input is `hysteresis` lower.
  double follow(double previous, double input, double hysteresis) const {
    return std::clamp(previous, at(input + hysteresis), at(input));
  }
};

}  // namespace kiln::governor
