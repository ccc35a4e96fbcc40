// SPDX-License-Identifier: MIT
#include "npu/compute_engine.h"

#include <algorithm>

#include "base/error.h"

namespace kiln::npu {

base::TimePs ComputeEngine::forecast() {
  completion_ = gated_ ? base::kNever : clock_.time_of(end_cycle_);
  return completion_;
}

// The clock may have its epoch in the future (held): cycles before it are done.
std::int64_t ComputeEngine::next_cycle(base::TimePs now) const {
  return gated_ ? epoch_cycle_ : std::max(epoch_cycle_, clock_.next_cycle(now));
}

base::TimePs ComputeEngine::start(base::TimePs now, std::int64_t cycles) {
  KILN_CHECK(cycles >= 0, "work of {} cycles", cycles);
  KILN_CHECK(!busy(now), "work started at {} ps while {} cycles are left of the last", now, cycles_left(now));
  begin_cycle_ = next_cycle(now);
  end_cycle_ = begin_cycle_ + cycles;
  return forecast();
}

std::int64_t ComputeEngine::settle(base::TimePs now) const {
  const std::int64_t reached = gated_ ? epoch_cycle_ : std::max(epoch_cycle_, clock_.cycle_at(now));
  return std::clamp<std::int64_t>(reached - begin_cycle_, 0, end_cycle_ - begin_cycle_);
}

base::TimePs ComputeEngine::replan(base::TimePs now, double hz) {
  KILN_CHECK(hz >= 0, "clock of {} Hz", hz);
  epoch_cycle_ = next_cycle(now);
  gated_ = hz == 0;
  // The cycle in flight is over when the new clock begins.
  if (!gated_) clock_ = base::Clock(hz, std::max(now, clock_.time_of(epoch_cycle_)), epoch_cycle_);
  return forecast();
}

base::TimePs ComputeEngine::hold(base::TimePs now, base::TimePs until) {
  epoch_cycle_ = next_cycle(now);
  if (!gated_) clock_ = base::Clock(clock_.hz(), std::max(until, clock_.time_of(epoch_cycle_)), epoch_cycle_);
  return forecast();
}

}  // namespace kiln::npu
