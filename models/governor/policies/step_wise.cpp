// SPDX-License-Identifier: MIT
#include "governor/policies/step_wise.h"

#include <algorithm>
#include <limits>

namespace kiln::governor {

using config::Dimension;

const config::Record<StepWiseConfig>& describe(const StepWiseConfig*) {
  static const auto record =
      config::Record<StepWiseConfig>("step_wise",
                                     "One level per control period by the trend of the hottest sensor")
          .field("trip", &StepWiseConfig::trip_c,
                 {.doc = "Passive trip point",
                  .unit = Dimension::temperature,
                  .min = -50,
                  .max = 150,
                  .source = "RK3588 device tree: passive trip 85 degC"})
          .field("hysteresis", &StepWiseConfig::hysteresis_k,
                 {.doc = "Levels come back below trip - hysteresis",
                  .unit = Dimension::temperature_difference,
                  .min = 0,
                  .max = 50,
                  .source = "RK3588 device tree: 2 K"})
          .field("lowest_level", &StepWiseConfig::lowest_level,
                 {.doc = "Level below which this policy does not throttle",
                  .min = 0,
                  .max = 1000,
                  .source = "Linux: the cooling device's upper state, all levels by default"});
  return record;
}

StepWise::StepWise(const StepWiseConfig& config, std::span<const OperatingPoint> table)
    : config_(config), top_level_(static_cast<int>(table.size()) - 1) {
  config_.lowest_level = std::min(config_.lowest_level, top_level_);
  reset();
}

void StepWise::reset() {
  level_ = top_level_;
  throttling_ = false;
  last_c_ = std::numeric_limits<double>::lowest();
}

Decision StepWise::decide(const Observation& observation) {
  const auto hottest_c = observation.hottest_c();
  if (!hottest_c) return {.level = level_};  // nothing to go by; the guard deals with dead sensors
  const bool rising = *hottest_c > last_c_;
  const bool falling = *hottest_c < last_c_;
  last_c_ = *hottest_c;
  if (*hottest_c >= config_.trip_c) {
    // The first poll above the trip throttles whatever the trend, later ones only while it still warms.
    if (rising || !throttling_) level_ = std::max(level_ - 1, config_.lowest_level);
    throttling_ = true;
  } else if (*hottest_c < config_.trip_c - config_.hysteresis_k && falling) {
    level_ = std::min(level_ + 1, top_level_);
    if (level_ == top_level_) throttling_ = false;
  }
  return {.level = level_};
}

std::vector<double> StepWise::state() const {
  return {static_cast<double>(level_), throttling_ ? 1.0 : 0.0, last_c_};
}

}  // namespace kiln::governor
