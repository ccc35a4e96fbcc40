// SPDX-License-Identifier: MIT
#include "governor/policies/predictive.h"

#include <algorithm>
#include <cmath>

namespace kiln::governor {

using config::Dimension;

const config::Record<PredictiveConfig>& describe(const PredictiveConfig*) {
  static const auto record =
      config::Record<PredictiveConfig>("predictive", "Fastest level expected to stay under the limit")
          .field("limit", &PredictiveConfig::limit_c,
                 {.doc = "Temperature to stay under",
                  .unit = Dimension::temperature,
                  .min = -50,
                  .max = 150,
                  .source = "article on on-device training: limit of 85 degC"})
          .field("horizon", &PredictiveConfig::horizon_s,
                 {.doc = "How far it looks ahead",
                  .unit = Dimension::time,
                  .min = 1e-6,
                  .max = 1e4,
                  .source = "estimate: a fraction of the package's time constant"})
          .field("resistance", &PredictiveConfig::resistance_k_per_w,
                 {.doc = "Die to ambient, of the model",
                  .unit = Dimension::thermal_resistance,
                  .min = 1e-3,
                  .max = 1e3,
                  .source = "passive 10 W edge box: 3 to 6 K/W; set it to the package's"})
          .field("time_constant", &PredictiveConfig::time_constant_s,
                 {.doc = "Of the model",
                  .unit = Dimension::time,
                  .min = 1e-6,
                  .max = 1e5,
                  .source = "estimate: die and spreader before the case warms; set it to the package's"})
          .field("hysteresis", &PredictiveConfig::hysteresis_k,
                 {.doc = "A faster level must be expected this far under the limit",
                  .unit = Dimension::temperature_difference,
                  .min = 0,
                  .max = 50,
                  .source = "one step of a common sensor"});
  return record;
}

Predictive::Predictive(const PredictiveConfig& config, std::span<const OperatingPoint> table)
    : config_(config),
      table_(table.begin(), table.end()),
      approach_(1 - std::exp(-config.horizon_s / config.time_constant_s)),
      level_(static_cast<int>(table.size()) - 1) {}

double Predictive::expected_c(const Observation& observation, double now_c, int level) const {
  const auto current =
      static_cast<std::size_t>(std::clamp(observation.current_level, 0, static_cast<int>(table_.size()) - 1));
  const double power_w = observation.power_w * switching_rate(table_[static_cast<std::size_t>(level)]) /
                         switching_rate(table_[current]);
  return now_c + (observation.ambient_c + config_.resistance_k_per_w * power_w - now_c) * approach_;
}

Decision Predictive::decide(const Observation& observation) {
  const auto now_c = observation.hottest_c();
  if (!now_c) return {.level = level_};
  int wanted = 0;
  for (int level = 1; level < static_cast<int>(table_.size()); ++level) {
    const double spare_k = level > level_ ? config_.hysteresis_k : 0;
    if (expected_c(observation, *now_c, level) <= config_.limit_c - spare_k) wanted = level;
  }
  level_ = wanted;
  return {.level = level_};
}

}  // namespace kiln::governor
