// SPDX-License-Identifier: MIT
#include "governor/policies/power_cap.h"

#include <algorithm>
#include <cmath>

namespace kiln::governor {

using config::Dimension;

namespace {
constexpr double kSettlingWindows = 4;  // exp(-4): the averages are within 2 % of a new load
}  // namespace

const config::Record<PowerCapConfig>& describe(const PowerCapConfig*) {
  static const auto record =
      config::Record<PowerCapConfig>("power_cap", "Running average of power held under a cap")
          .field("cap", &PowerCapConfig::cap_w,
                 {.doc = "Limit of the average",
                  .unit = Dimension::power,
                  .min = 1e-3,
                  .max = 1e4,
                  .source = "articles: TDP of 5 to 15 W"})
          .field("window", &PowerCapConfig::window_s,
                 {.doc = "Time constant of the average",
                  .unit = Dimension::time,
                  .min = 1e-6,
                  .max = 1e4,
                  .source = "estimate: RAPL windows run from 1 ms to tens of seconds"})
          .field("margin", &PowerCapConfig::margin,
                 {.doc = "A faster level must be predicted this far under the cap",
                  .unit = Dimension::fraction,
                  .min = 0,
                  .max = 0.9,
                  .source = "estimate: wider than the ripple of a step's phases after averaging"})
          .field("hbm_floor", &PowerCapConfig::hbm_floor,
                 {.doc = "Lowest memory clock factor, used when the slowest level is over the cap; 1 leaves "
                         "memory alone",
                  .unit = Dimension::fraction,
                  .min = 0.1,
                  .max = 1,
                  .source = "estimate: off unless asked for"})
          .field("hbm_step", &PowerCapConfig::hbm_step,
                 {.doc = "Step of the memory clock factor",
                  .unit = Dimension::fraction,
                  .min = 0.01,
                  .max = 0.5,
                  .source = "estimate"});
  return record;
}

PowerCap::PowerCap(const PowerCapConfig& config, std::span<const OperatingPoint> table)
    : config_(config), table_(table.begin(), table.end()) {
  reset();
}

void PowerCap::reset() {
  level_ = static_cast<int>(table_.size()) - 1;
  hbm_factor_ = 1;
  primed_ = false;
  average_w_ = capacitance_f_ = hold_s_ = 0;
}

double PowerCap::predicted_w(int level) const {
  return capacitance_f_ * switching_rate(table_[static_cast<std::size_t>(level)]);
}

void PowerCap::set_hbm_factor(double factor) {
  // The averages say nothing of memory power apart, so each step waits until they have followed the last one.
  if (hold_s_ > 0 || factor == hbm_factor_) return;
  hbm_factor_ = factor;
  hold_s_ = kSettlingWindows * config_.window_s;
}

void PowerCap::descend() {
  if (level_ == 0) {
    if (predicted_w(0) > config_.cap_w)
      set_hbm_factor(std::max(hbm_factor_ - config_.hbm_step, config_.hbm_floor));
    return;
  }
  // Straight to the fastest level predicted to fit, and at
  // least stop where it already does: the power average lags.
  while (level_ > 0 && predicted_w(level_) > config_.cap_w) --level_;
}

void PowerCap::climb() {
  const double allowed_w = (1 - config_.margin) * config_.cap_w;
  if (hbm_factor_ < 1) {
    const double next = std::min(hbm_factor_ + config_.hbm_step, 1.0);
    if (average_w_ * next / hbm_factor_ <= allowed_w) set_hbm_factor(next);
    return;
  }
  if (level_ + 1 < static_cast<int>(table_.size()) && predicted_w(level_ + 1) <= allowed_w) ++level_;
}

Decision PowerCap::decide(const Observation& observation) {
  const auto current =
      static_cast<std::size_t>(std::clamp(observation.current_level, 0, static_cast<int>(table_.size()) - 1));
  const double capacitance_f = observation.power_w / switching_rate(table_[current]);
  const double share = primed_ ? 1 - std::exp(-observation.period_s / config_.window_s) : 1.0;
  primed_ = true;
  hold_s_ = std::max(hold_s_ - observation.period_s, 0.0);
  average_w_ += share * (observation.power_w - average_w_);
  capacitance_f_ += share * (capacitance_f - capacitance_f_);
  if (average_w_ > config_.cap_w)
    descend();
  else
    climb();
  return {.level = level_, .hbm_frequency_factor = hbm_factor_};
}

std::vector<double> PowerCap::state() const {
  return {static_cast<double>(level_), hbm_factor_, primed_ ? 1.0 : 0.0, average_w_, capacitance_f_, hold_s_};
}

}  // namespace kiln::governor
