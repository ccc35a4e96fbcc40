// SPDX-License-Identifier: MIT
// Drives active cooling (coolant flow, fan, thermoelectric current) by the die's rise above ambient.
#pragma once

#include "governor/policies/ramp.h"
#include "governor/policy.h"

namespace kiln::governor {

struct CoolingRampConfig {
  double start_k = 25;
  double full_k = 35;
  double idle_level = 0.2;
  double step = 0.1;
  double hysteresis_k = 2;
};
const config::Record<CoolingRampConfig>& describe(const CoolingRampConfig*);

class CoolingRamp final : public Policy {
 public:
  CoolingRamp(const CoolingRampConfig& config, std::span<const OperatingPoint> table);
  /// Without a working sensor the cooling runs at full.
  Decision decide(const Observation& observation) override;
  void reset() override { slack_ = 1; }
  std::vector<double> state() const override { return {slack_}; }

 private:
  CoolingRampConfig config_;
  SteppedRamp ramp_;  ///< of the slack: 1 idle, 0 at full cooling
  int top_level_;
  double slack_ = 1;
};

}  // namespace kiln::governor
