// SPDX-License-Identifier: MIT
// The articles' rule: a die more than 10 K above ambient loses 10 % of its clock each control period, down to
// a floor, and may raise the learning rate to make up for the samples lost.
#pragma once

#include "governor/policy.h"

namespace kiln::governor {

struct ArticleDeltaTConfig {
  double threshold_k = 10;
  double hysteresis_k = 2;
  double step = 0.10;
  double floor_frequency_hz = 0;  ///< 0: the slowest level
  bool recover = true;
  double learning_rate_factor = 1;
};
const config::Record<ArticleDeltaTConfig>& describe(const ArticleDeltaTConfig*);

class ArticleDeltaT final : public Policy {
 public:
  ArticleDeltaT(const ArticleDeltaTConfig& config, std::span<const OperatingPoint> table);
  Decision decide(const Observation& observation) override;
  void reset() override;
  std::vector<double> state() const override { return {target_hz_}; }

 private:
  ArticleDeltaTConfig config_;
  std::vector<OperatingPoint> table_;
  double floor_hz_;
  double top_hz_;
  double target_hz_;  ///< the rule's own clock; levels follow it from below
};

}  // namespace kiln::governor
