// SPDX-License-Identifier: MIT
#include "governor/policies/ramp_limit.h"

#include <algorithm>

namespace kiln::governor {

const config::Record<RampLimitConfig>& describe(const RampLimitConfig*) {
  static const auto record =
      config::Record<RampLimitConfig>("ramp_limit", "The die warms up no faster than allowed")
          .field("rate", &RampLimitConfig::rate_k_per_s,
                 {.doc = "Fastest rise of the hottest sensor, in K/s",
                  .min = 1e-4,
                  .max = 1e4,
                  .source = "JESD22-A104 cycles solder joints at 15 K/min and slower"})
          .field("band", &RampLimitConfig::band_k,
                 {.doc = "How far the reference may run ahead of the reading",
                  .unit = config::Dimension::temperature_difference,
                  .min = 0.01,
                  .max = 50,
                  .source = "estimate: two steps of a common sensor"});
  return record;
}

RampLimit::RampLimit(const RampLimitConfig& config, std::span<const OperatingPoint> table)
    : config_(config), top_level_(static_cast<int>(table.size()) - 1) {}

void RampLimit::reset() {
  level_ = 0;
  reference_c_.reset();
}

std::vector<double> RampLimit::state() const {
  return {static_cast<double>(level_), reference_c_.value_or(-300)};
}

Decision RampLimit::decide(const Observation& observation) {
  const auto now_c = observation.hottest_c();
  if (!now_c) return {.level = 0};
  if (!reference_c_) reference_c_ = *now_c;
  reference_c_ =
      std::min(*reference_c_ + config_.rate_k_per_s * observation.period_s, *now_c + config_.band_k);
  if (*now_c > *reference_c_)
    level_ = std::max(0, level_ - 1);
  else if (*now_c < *reference_c_ - config_.band_k / 2)
    level_ = std::min(top_level_, level_ + 1);
  return {.level = level_};
}

}  // namespace kiln::governor
