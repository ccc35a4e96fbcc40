// SPDX-License-Identifier: MIT
// Clock by the share of frozen layers: 2.5 GHz at 0.9 V, 1.8 GHz at 0.8 V once more than half are frozen
// (article on transfer learning, section 7; P falls to 0.569).
#pragma once

#include "governor/policy.h"

namespace kiln::governor {

struct ActiveLayersConfig {
  double threshold = 0.5;
  double full_hz = 2.5e9;
  double reduced_hz = 1.8e9;
};
const config::Record<ActiveLayersConfig>& describe(const ActiveLayersConfig*);

class ActiveLayers final : public Policy {
 public:
  ActiveLayers(const ActiveLayersConfig& config, std::span<const OperatingPoint> table)
      : config_(config),
        full_level_(level_at_or_below(table, config.full_hz)),
        reduced_level_(level_at_or_below(table, config.reduced_hz)) {}
  Decision decide(const Observation& observation) override {
    return {.level = observation.frozen_fraction > config_.threshold ? reduced_level_ : full_level_};
  }

 private:
  ActiveLayersConfig config_;
  int full_level_;
  int reduced_level_;
};

}  // namespace kiln::governor
