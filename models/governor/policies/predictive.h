// SPDX-License-Identifier: MIT
// Looks ahead: the fastest level that a one-pole model of the package expects to stay under the limit.
#pragma once

#include "governor/policy.h"

namespace kiln::governor {

struct PredictiveConfig {
  double limit_c = 85;
  double horizon_s = 1;
  double resistance_k_per_w = 4;
  double time_constant_s = 5;
  double hysteresis_k = 0.5;
};
const config::Record<PredictiveConfig>& describe(const PredictiveConfig*);

/// Over the horizon h the die goes from T towards its steady state at power P:
///   T(h) = T + (Ta + R P - T) (1 - exp(-h / tau)),
/// where P at another level follows f V^2 from the power now drawn. Climbing needs `hysteresis` to spare.
class Predictive final : public Policy {
 public:
  Predictive(const PredictiveConfig& config, std::span<const OperatingPoint> table);
  Decision decide(const Observation& observation) override;
  void reset() override { level_ = static_cast<int>(table_.size()) - 1; }
  std::vector<double> state() const override { return {static_cast<double>(level_)}; }

 private:
  double expected_c(const Observation& observation, double now_c, int level) const;

  PredictiveConfig config_;
  std::vector<OperatingPoint> table_;
  double approach_;  ///< share of the way to the steady state covered within the horizon
  int level_;
};

}  // namespace kiln::governor
