// SPDX-License-Identifier: MIT
#include "governor/transition.h"

#include <cmath>

namespace kiln::governor {

using config::Dimension;

const config::Record<TransitionConfig>& describe(const TransitionConfig*) {
  static const auto record =
      config::Record<TransitionConfig>("transition", "Time taken by a change of operating point")
          .field("pll_lock", &TransitionConfig::pll_lock_s,
                 {.doc = "Clock stopped while the PLL locks",
                  .unit = Dimension::time,
                  .min = 0,
                  .max = 1,
                  .source = "RK3588 device tree: clock-latency 40 us"})
          .field("voltage_step", &TransitionConfig::voltage_step_v,
                 {.doc = "One step of the regulator",
                  .unit = Dimension::voltage,
                  .min = 1e-4,
                  .max = 1,
                  .source = "TI TPS650861 (SWCS142): 10 mV"})
          .field("voltage_interval", &TransitionConfig::voltage_interval_s,
                 {.doc = "Time per regulator step",
                  .unit = Dimension::time,
                  .min = 0,
                  .max = 1e-2,
                  .source = "TI TPS650861: at least 2.5 mV/us, 4 us per 10 mV"})
          .field("voltage_settle", &TransitionConfig::voltage_settle_s,
                 {.doc = "Wait after a ramp",
                  .unit = Dimension::time,
                  .min = 0,
                  .max = 1,
                  .source = "estimate: none beyond the ramp"});
  return record;
}

double TransitionPlan::duration_s() const {
  double total_s = 0;
  for (const auto& segment : segments()) total_s += segment.duration_s;
  return total_s;
}

double TransitionPlan::stopped_s() const {
  double total_s = 0;
  for (const auto& segment : segments())
    if (segment.frequency_hz == 0) total_s += segment.duration_s;
  return total_s;
}

double TransitionPlan::lost_s(double frequency_hz) const {
  double cycles = 0;
  for (const auto& segment : segments()) cycles += segment.duration_s * segment.frequency_hz;
  return duration_s() - cycles / frequency_hz;
}

double Transition::ramp_s(double from_v, double to_v) const {
  const double change_v = std::abs(to_v - from_v);
  if (change_v == 0) return 0;
  // A regulator moves in whole steps; 1e-9 keeps 100 mV of 10 mV steps from becoming eleven.
  const double steps = std::ceil(change_v / config_.voltage_step_v - 1e-9);
  return steps * config_.voltage_interval_s + config_.voltage_settle_s;
}

TransitionPlan Transition::plan(const OperatingPoint& from, const OperatingPoint& to) const {
  const TransitionSegment ramp{ramp_s(from.voltage_v, to.voltage_v),
                               to.voltage_v > from.voltage_v ? from.frequency_hz : to.frequency_hz,
                               from.voltage_v, to.voltage_v};
  const double lock_v = to.voltage_v > from.voltage_v ? to.voltage_v : from.voltage_v;
  const TransitionSegment lock{from.frequency_hz == to.frequency_hz ? 0.0 : config_.pll_lock_s, 0, lock_v,
                               lock_v};
  const bool up = to.voltage_v > from.voltage_v;
  std::array<TransitionSegment, 2> kept{};
  int count = 0;
  for (const TransitionSegment& segment : up ? std::array{ramp, lock} : std::array{lock, ramp})
    if (segment.duration_s > 0) kept[static_cast<std::size_t>(count++)] = segment;
  return {kept, count};
}

}  // namespace kiln::governor
