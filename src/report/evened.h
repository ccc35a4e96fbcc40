// SPDX-License-Identifier: MIT
// A value that changes more often than anyone looks, as a track of bounded length.
#pragma once

#include <cstddef>
#include <vector>

#include "base/time.h"

namespace kiln::report {

/// A value from a time on.
struct TimedValue {
  base::TimePs time = 0;
  double value = 0;
};

/// The same over equal slots from 0 to `end`, each with its mean over time, so that the integral stays; slots
/// that change nothing are left out. At most `slots` of them. `changes` are in order of time and begin at 0;
/// what lies behind `end` does not count.
std::vector<TimedValue> evened(const std::vector<TimedValue>& changes, base::TimePs end, std::size_t slots);

}  // namespace kiln::report
