// SPDX-License-Identifier: MIT
// One level down while hot and warming, one level up while cool and cooling (Linux, step_wise governor).
#pragma once

#include "governor/policy.h"

namespace kiln::governor {

struct StepWiseConfig {
  double trip_c = 85;
  double hysteresis_k = 2;
  int lowest_level = 0;
};
const config::Record<StepWiseConfig>& describe(const StepWiseConfig*);

class StepWise final : public Policy {
 public:
  StepWise(const StepWiseConfig& config, std::span<const OperatingPoint> table);
  Decision decide(const Observation& observation) override;
  void reset() override;
  std::vector<double> state() const override;

 private:
  StepWiseConfig config_;
  int top_level_;
  int level_;
  bool throttling_ = false;  ///< has tripped and not yet come back to the top
  double last_c_;
};

}  // namespace kiln::governor
