// SPDX-License-Identifier: MIT
#include "device/period.h"

#include <algorithm>

namespace kiln::device {

void PeriodRecord::merge(const PeriodRecord& next) {
  const double all_s = dt_s + next.dt_s;
  const auto mean = [&](double a, double b) { return (a * dt_s + b * next.dt_s) / all_s; };
  frequency_hz = mean(frequency_hz, next.frequency_hz);
  refresh_rate = mean(refresh_rate, next.refresh_rate);
  core_power_w = mean(core_power_w, next.core_power_w);
  memory_power_w = mean(memory_power_w, next.memory_power_w);
  cooling_drive = mean(cooling_drive, next.cooling_drive);
  ambient_c = mean(ambient_c, next.ambient_c);
  busy_s += next.busy_s;
  steps += next.steps;
  dynamic_j += next.dynamic_j;
  static_j += next.static_j;
  idle_j += next.idle_j;
  refresh_raised_s += next.refresh_raised_s;
  cooling_j += next.cooling_j;
  hottest_c = std::max(hottest_c, next.hottest_c);
  memory_c = std::max(memory_c, next.memory_c);
  skin_c = std::max(skin_c, next.skin_c);
  level = next.level;
  time_s = next.time_s;
  dt_s = all_s;
}

}  // namespace kiln::device
