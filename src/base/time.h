// SPDX-License-Identifier: MIT
// Simulated time in integer picoseconds, and clocks that do not drift.
#pragma once

#include <cstdint>
#include <limits>

namespace kiln::base {

using TimePs = std::int64_t;
inline constexpr TimePs kNever = std::numeric_limits<TimePs>::max();
inline constexpr double kPicosecondsPerSecond = 1e12;

/// When the first and the last byte of something pass a point.
struct Curve {
  TimePs first = 0, last = 0;
  bool operator==(const Curve&) const = default;
};

double to_seconds(TimePs time);
TimePs from_seconds(double seconds);

/// A clock counts integer cycles from an epoch, so that 1.8 GHz (555.5.. ps) never drifts:
/// every edge is rounded once from the epoch, not accumulated.
class Clock {
 public:
  explicit Clock(double hz, TimePs epoch = 0, std::int64_t epoch_cycle = 0);

  double hz() const { return hz_; }
  TimePs time_of(std::int64_t cycle) const;
  /// Last cycle whose edge is at or before `time`.
  std::int64_t cycle_at(TimePs time) const;
  /// First cycle whose edge is at or after `time`.
  std::int64_t next_cycle(TimePs time) const;
  /// Duration of `cycles` cycles, rounded up: work of n cycles is never shorter than n cycles.
  TimePs duration(std::int64_t cycles) const;
  /// The clock that continues this one at another frequency from the next edge at or after `time`.
  Clock changed(double hz, TimePs time) const;

 private:
  double hz_;
  long double period_ps_;
  TimePs whole_period_ps_;  ///< the same where it needs no rounding, else 0
  TimePs epoch_;
  std::int64_t epoch_cycle_;
};

}  // namespace kiln::base
