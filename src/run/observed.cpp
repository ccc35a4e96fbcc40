// SPDX-License-Identifier: MIT
#include "run/observed.h"

#include <algorithm>

namespace kiln::run {

void Observed::add(const device::PeriodRecord& period, bool throttled, std::span<const double> block_c) {
  time_s += period.dt_s;
  busy_s += period.busy_s;
  dynamic_j += period.dynamic_j;
  static_j += period.static_j;
  idle_j += period.idle_j;
  core_j += period.core_power_w * period.dt_s;
  memory_j += period.memory_power_w * period.dt_s;
  cooling_j += period.cooling_j;
  frequency_time += period.frequency_hz * period.dt_s;
  last = period;
  if (throttled) {
    throttled_s += period.dt_s;
    if (first_throttled_s < 0) first_throttled_s = period.time_s - period.dt_s;
  }
  refresh_s += period.refresh_raised_s;
  note_peaks(period, block_c);
  series.add(period);
}

void Observed::note_peaks(const device::PeriodRecord& period, std::span<const double> block_c) {
  peak_power_w = std::max(peak_power_w, period.power_w());
  peak_skin_c = std::max(peak_skin_c, period.skin_c);
  peak_block_c.resize(block_c.size(), -273.15);
  for (std::size_t b = 0; b < block_c.size(); ++b) peak_block_c[b] = std::max(peak_block_c[b], block_c[b]);
}

}  // namespace kiln::run
