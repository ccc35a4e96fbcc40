// SPDX-License-Identifier: MIT
// Memory clock by thermal headroom: full while cool, down to a floor at the memory's limit.
#pragma once

#include "governor/policies/ramp.h"
#include "governor/policy.h"

namespace kiln::governor {

struct HbmHeadroomConfig {
  double start_c = 75;
  double limit_c = 95;
  double floor = 0.5;
  double step = 0.1;
  double hysteresis_k = 2;
};
const config::Record<HbmHeadroomConfig>& describe(const HbmHeadroomConfig*);

class HbmHeadroom final : public Policy {
 public:
  HbmHeadroom(const HbmHeadroomConfig& config, std::span<const OperatingPoint> table);
  /// A dead sensor (NaN) gets the floor.
  Decision decide(const Observation& observation) override;
  void reset() override { factor_ = 1; }
  std::vector<double> state() const override { return {factor_}; }

 private:
  HbmHeadroomConfig config_;
  SteppedRamp ramp_;
  int top_level_;
  double factor_ = 1;
};

}  // namespace kiln::governor
