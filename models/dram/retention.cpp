// SPDX-License-Identifier: MIT
#include "dram/retention.h"

#include <algorithm>
#include <cmath>

#include "base/coding.h"

namespace kiln::dram {

double RefreshGovernor::update(double temperature_c) {
  const auto& steps = config_.steps;
  if (std::isnan(temperature_c)) steps_active_ = steps.size();
  while (steps_active_ < steps.size() && temperature_c >= steps[steps_active_].from_c) ++steps_active_;
  while (steps_active_ > 0 && temperature_c < steps[steps_active_ - 1].from_c - config_.hysteresis_c)
    --steps_active_;
  rate_ = config_.rate * (steps_active_ > 0 ? steps[steps_active_ - 1].rate : 1.0);
  return rate_;
}

void RefreshGovernor::reset() {
  steps_active_ = 0;
  rate_ = config_.rate;
}

double refresh_interval_s(const DramConfig& config, double refresh_rate) {
  constexpr double kNever_s = 1e9;
  if (config.refresh.policy == RefreshPolicy::none) return kNever_s;
  return config.refresh.commands * config.timing.tREFI.in_seconds(bin_hz(config)) / refresh_rate;
}

double bit_error_rate(const RetentionConfig& config, double interval_s, double temperature_c) {
  if (interval_s <= config.guaranteed_interval_s && temperature_c <= config.guaranteed_c) return 0;
  const double rate = config.reference_ber *
                      std::pow(interval_s / config.reference_interval_s, config.exponent) *
                      std::exp(config.slope_per_c * (temperature_c - config.reference_c));
  return std::min(rate, 0.5);
}

double residual_bit_error_rate(const EccConfig& ecc, double rate) {
  if (ecc.kind == EccKind::none) return rate;
  return base::after_single_correction(rate, ecc.data_bits + ecc.check_bits);
}

}  // namespace kiln::dram
