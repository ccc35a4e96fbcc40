// SPDX-License-Identifier: MIT
#include "governor/policy.h"

#include <cmath>

namespace kiln::governor {

std::optional<double> Observation::hottest_c() const {
  std::optional<double> hottest;
  for (const double reading : sensor_c)
    if (!std::isnan(reading) && (!hottest || reading > *hottest)) hottest = reading;
  return hottest;
}

}  // namespace kiln::governor
