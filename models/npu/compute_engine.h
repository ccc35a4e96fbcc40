// SPDX-License-Identifier: MIT
// Timing of one array or vector unit: work of a known number of cycles under a clock that may change or stop.
//
// A completion is a forecast. The work is a span of cycle numbers; changing the clock moves the time of its
// last cycle, never the number of cycles, so any sequence of changes is exact. A cycle in flight finishes at
// the old frequency.
#pragma once

#include <cstdint>

#include "base/time.h"

namespace kiln::npu {

class ComputeEngine {
 public:
  /// The clock has an edge at `start`.
  explicit ComputeEngine(double clock_hz, base::TimePs start = 0) : clock_(clock_hz, start) {}

  /// Begins `cycles` of work at the first clock edge at or after `now`; returns the forecast of its end. A
  /// gated engine begins when its clock returns. Throws base::SimError while earlier work is unfinished.
  base::TimePs start(base::TimePs now, std::int64_t cycles);

  /// Whole cycles of the present work that are done at `now`.
  std::int64_t settle(base::TimePs now) const;
  std::int64_t cycles_left(base::TimePs now) const { return end_cycle_ - begin_cycle_ - settle(now); }

  /// The clock runs at `hz` from its next edge on, 0 gates it; returns the new forecast (kNever while gated).
  base::TimePs replan(base::TimePs now, double hz);

  /// The clock stands still from its next edge to `until`; returns the new forecast. Holding again extends.
  base::TimePs hold(base::TimePs now, base::TimePs until);

  base::TimePs completion() const { return completion_; }
  bool busy(base::TimePs now) const { return cycles_left(now) > 0; }
  bool gated() const { return gated_; }
  double clock_hz() const { return gated_ ? 0 : clock_.hz(); }

 private:
  std::int64_t next_cycle(base::TimePs now) const;
  base::TimePs forecast();

  base::Clock clock_;
  bool gated_ = false;
  std::int64_t epoch_cycle_ = 0;  ///< first cycle of the present clock; while gated, the next cycle to run
  std::int64_t begin_cycle_ = 0;
  std::int64_t end_cycle_ = 0;  ///< the work is [begin_cycle_, end_cycle_)
  base::TimePs completion_ = 0;
};

}  // namespace kiln::npu
