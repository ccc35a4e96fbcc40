// SPDX-License-Identifier: MIT
// Clock by temperature and gradient traffic (article on on-device training, section 10): while arrays wait
// for traffic a fast clock only heats; when compression keeps the queues short and the arrays busy, it pays.
#pragma once

#include "governor/policy.h"

namespace kiln::governor {

struct CompressionAwareConfig {
  double trip_c = 85;
  double hysteresis_k = 2;
  double ratio = 4;  ///< compression from which traffic counts as light
  double queue_high = 0.75;
  double queue_low = 0.25;
  double utilization_low = 0.6;
};
const config::Record<CompressionAwareConfig>& describe(const CompressionAwareConfig*);

class CompressionAware final : public Policy {
 public:
  CompressionAware(const CompressionAwareConfig& config, std::span<const OperatingPoint> table);
  Decision decide(const Observation& observation) override;
  void reset() override { level_ = static_cast<int>(table_.size()) - 1; }
  std::vector<double> state() const override { return {static_cast<double>(level_)}; }

 private:
  bool worth_climbing(const Observation& observation, double temperature_c) const;

  CompressionAwareConfig config_;
  std::vector<OperatingPoint> table_;
  int level_;
};

}  // namespace kiln::governor
