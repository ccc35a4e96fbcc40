// SPDX-License-Identifier: MIT
// A rail and its clock through a load that changes as tasks start and stop.
#pragma once

#include <compare>
#include <functional>
#include <limits>
#include <span>
#include <vector>

#include "pdn/adaptive_clock.h"
#include "pdn/rail.h"

namespace kiln::pdn {

struct Droop {
  double lowest_v = 0.0;
  double at_s = 0.0;         ///< from the start of the load
  double share = 0.0;        ///< of the rail's voltage
  double wrong_share = 0.0;  ///< of the work, by the harm that was asked for
};

/// From `time_s` on the rail's load is `current_a`, and so much of what a low voltage may spoil is done.
struct LoadChange {
  double time_s = 0.0;
  double current_a = 0.0;
  double work_per_s = 0.0;

  auto operator<=>(const LoadChange&) const = default;
};

/// The load after each of these steps up and down, which stand in any order; it is `before` until the first.
std::vector<LoadChange> summed(std::vector<LoadChange> steps, const LoadChange& before);

/// What low voltages do to work.
struct Harm {
  std::function<double(double voltage_v)> wrong_share;  ///< of the work done at a die voltage; empty: none
  /// From here on it is 0, and need not be asked.
  double harmless_v = std::numeric_limits<double>::infinity();
};

/// Times are taken in units of this: a tenth of a first droop's period.
inline constexpr double kRideTick_s = 1e-9;

/// Largest rise of the load within the time that an answer of the package takes, in A.
double largest_rise_a(std::span<const LoadChange> load);

/// Lowest die voltage under `load`, whose changes stand in order of time, until `end_s`; it begins settled at
/// the first. The network is advanced exactly from change to change and looked at every nanosecond while what
/// a change stirred up may still count, then at growing intervals.
/// `harm` is asked for each voltage at which work is done and may be wrong.
Droop ride_through(const Rail& rail, std::span<const LoadChange> load, double end_s, const Harm& harm = {});

/// The same with a clock that stretches while the die stays more than its threshold below where the present
/// load would settle. `lost_share` is of the cycles until `end_s`. No work is harmed while it stretches.
StretchReport ride_through(const Rail& rail, const AdaptiveClockConfig& clock,
                           std::span<const LoadChange> load, double end_s, const Harm& harm = {});

}  // namespace kiln::pdn
