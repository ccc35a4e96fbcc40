// SPDX-License-Identifier: MIT
#include "base/time.h"

#include <cmath>

#include "base/error.h"

namespace kiln::base {
namespace {

/// The period where it is a whole number of picoseconds, else 0.
TimePs whole(long double period_ps) {
  const bool is_whole = period_ps < 1e12L && std::rint(period_ps) == period_ps;
  return is_whole ? static_cast<TimePs>(period_ps) : 0;
}

}  // namespace

double to_seconds(TimePs time) {
  return static_cast<double>(time) / kPicosecondsPerSecond;
}

TimePs from_seconds(double seconds) {
  KILN_CHECK(std::isfinite(seconds) && std::abs(seconds) < 9.2e6, "time of {} s does not fit picoseconds",
             seconds);
  return static_cast<TimePs>(std::llround(seconds * kPicosecondsPerSecond));
}

Clock::Clock(double hz, TimePs epoch, std::int64_t epoch_cycle)
    : hz_(hz),
      period_ps_(static_cast<long double>(kPicosecondsPerSecond) / hz),
      whole_period_ps_(whole(period_ps_)),
      epoch_(epoch),
      epoch_cycle_(epoch_cycle) {
  KILN_CHECK(hz > 0 && hz <= 1e12, "clock of {} Hz", hz);
}

TimePs Clock::time_of(std::int64_t cycle) const {
  // Asked for at every event: most clocks (800 MHz, 1.6 GHz) need no rounding.
  const std::int64_t cycles = cycle - epoch_cycle_;
  if (whole_period_ps_ > 0) return epoch_ + cycles * whole_period_ps_;
  return epoch_ + std::llrint(static_cast<long double>(cycles) * period_ps_);
}

std::int64_t Clock::cycle_at(TimePs time) const {
  // An estimate, put right by the edges themselves.
  const double cycles = static_cast<double>(time - epoch_) * hz_ / kPicosecondsPerSecond;
  std::int64_t cycle = epoch_cycle_ + static_cast<std::int64_t>(cycles);
  while (time_of(cycle) > time) --cycle;
  while (time_of(cycle + 1) <= time) ++cycle;
  return cycle;
}

std::int64_t Clock::next_cycle(TimePs time) const {
  const std::int64_t cycle = cycle_at(time);
  return time_of(cycle) == time ? cycle : cycle + 1;
}

TimePs Clock::duration(std::int64_t cycles) const {
  return static_cast<TimePs>(std::ceil(static_cast<long double>(cycles) * kPicosecondsPerSecond / hz_));
}

Clock Clock::changed(double hz, TimePs time) const {
  const std::int64_t cycle = next_cycle(time);
  return Clock(hz, time_of(cycle), cycle);
}

}  // namespace kiln::base
