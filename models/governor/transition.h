// SPDX-License-Identifier: MIT
// What moving between two operating points costs: the voltage ramps first when going up and last when going
// down, so that it always holds the clock; the clock stops while its PLL locks.
#pragma once

#include <array>
#include <span>

#include "governor/operating_point.h"

namespace kiln::governor {

struct TransitionConfig {
  double pll_lock_s = 40e-6;
  double voltage_step_v = 10e-3;
  double voltage_interval_s = 4e-6;
  double voltage_settle_s = 0;
};
const config::Record<TransitionConfig>& describe(const TransitionConfig*);

/// A stretch of a transition. `frequency_hz` 0: the clock
/// stands still. Voltage moves linearly from start to end.
struct TransitionSegment {
  double duration_s = 0;
  double frequency_hz = 0;
  double start_v = 0;
  double end_v = 0;
};

class TransitionPlan {
 public:
  TransitionPlan(std::array<TransitionSegment, 2> segments, int count) : segments_(segments), count_(count) {}
  std::span<const TransitionSegment> segments() const {
    return {segments_.data(), static_cast<std::size_t>(count_)};
  }

  double duration_s() const;
  double stopped_s() const;  ///< time without a clock
  /// Time lost against having run at `frequency_hz` throughout.
  double lost_s(double frequency_hz) const;

 private:
  std::array<TransitionSegment, 2> segments_;
  int count_;
};

class Transition {
 public:
  explicit Transition(const TransitionConfig& config) : config_(config) {}
  /// Empty when nothing changes.
  TransitionPlan plan(const OperatingPoint& from, const OperatingPoint& to) const;
  double ramp_s(double from_v, double to_v) const;

 private:
  TransitionConfig config_;
};

}  // namespace kiln::governor
