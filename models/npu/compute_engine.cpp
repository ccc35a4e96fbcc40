// SPDX-License-Identifier: MIT
#include "npu/compute_engine.h"

#include <algorithm>

#include "base/error.h"

namespace kiln::npu {

void ComputeEngine::forecast() {
  completion_ = gated_ ? base::kNever : clock_.time_of(end_cycle_);
}

base::TimePs ComputeEngine::start(base::TimePs now, std::int64_t cycles) {
  KILN_CHECK(cycles >= 0, "work of {} cycles", cycles);
  KILN_CHECK(!busy(now), "work started at {} ps while {} cycles are left of the last", now, cycles_left(now));
  begin_cycle_ = gated_ ? frozen_cycle_ : clock_.next_cycle(now);
  end_cycle_ = begin_cycle_ + cycles;
  forecast();
  return completion_;
}

std::int64_t ComputeEngine::settle(base::TimePs now) const {
  const std::int64_t reached = gated_ ? frozen_cycle_ : clock_.cycle_at(now);
  return std::clamp<std::int64_t>(reached - begin_cycle_, 0, end_cycle_ - begin_cycle_);
}

base::TimePs ComputeEngine::replan(base::TimePs now, double hz) {
  KILN_CHECK(hz >= 0, "clock of {} Hz", hz);
  if (hz == 0) {
    if (!gated_) frozen_cycle_ = clock_.next_cycle(now);
    gated_ = true;
  } else if (gated_) {
    // The cycle that was in flight when the clock stopped is over by then.
    clock_ = base::Clock(hz, std::max(now, clock_.time_of(frozen_cycle_)), frozen_cycle_);
    gated_ = false;
  } else {
    clock_ = clock_.changed(hz, now);
  }
  forecast();
  return completion_;
}

}  // namespace kiln::npu
