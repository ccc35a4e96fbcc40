// SPDX-License-Identifier: MIT
#include "power/late_paths.h"

#include <algorithm>
#include <cmath>

#include "power/speed.h"

namespace kiln::power {

double late_share(const TechConfig& tech, double needed_v, double voltage_v) {
  constexpr double kFirst = 1 / (20 * 90e6);
  constexpr double kDecade = 0.02;  // of the longest path
  if (voltage_v >= needed_v) return 0;
  const double allowed_hz = maximum_frequency_hz(tech, voltage_v);
  if (allowed_hz <= 0) return 1;
  const double longer = maximum_frequency_hz(tech, needed_v) / allowed_hz - 1;
  return std::min(1.0, kFirst * std::pow(10.0, longer / kDecade));
}

}  // namespace kiln::power
