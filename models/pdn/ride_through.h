// SPDX-License-Identifier: MIT
// A rail and its clock through a load that changes as tasks start and stop.
#pragma once

#include <span>

#include "pdn/adaptive_clock.h"
#include "pdn/rail.h"

namespace kiln::pdn {

struct Droop {
  double lowest_v = 0.0;
  double at_s = 0.0;   ///< from the start of the load
  double share = 0.0;  ///< of the rail's voltage
};

/// From `time_s` on the rail's load is `current_a`.
struct LoadChange {
  double time_s = 0.0;
  double current_a = 0.0;
};

/// Largest rise of the load within the time that an answer of the package takes, in A.
double largest_rise_a(std::span<const LoadChange> load);

/// Lowest die voltage under `load`, whose changes stand in order of time, until `end_s`; it begins settled at
/// the first. The network is advanced exactly from change to change and looked at every nanosecond while what
/// a change stirred up may still count, then at growing intervals.
Droop ride_through(const Rail& rail, std::span<const LoadChange> load, double end_s);

/// The same with a clock that stretches while the die stays more than its threshold below where the present
/// load would settle. `lost_share` is of the cycles until `end_s`.
StretchReport ride_through(const Rail& rail, const AdaptiveClockConfig& clock,
                           std::span<const LoadChange> load, double end_s);

}  // namespace kiln::pdn
