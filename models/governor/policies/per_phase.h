// SPDX-License-Identifier: MIT
// A clock for each phase of the training step: the articles run the backward pass 30 to 50 % faster.
#pragma once

#include "governor/policy.h"

namespace kiln::governor {

struct PerPhaseConfig {
  double forward_hz = 0;  ///< 0: the top level, for each of them
  double dgrad_hz = 0;
  double wgrad_hz = 0;
  double compress_hz = 0;
  double reduce_hz = 0;
  double update_hz = 0;
  double idle_hz = 1e6;  ///< between steps
};
const config::Record<PerPhaseConfig>& describe(const PerPhaseConfig*);

class PerPhase final : public Policy {
 public:
  PerPhase(const PerPhaseConfig& config, std::span<const OperatingPoint> table)
      : config_(config), table_(table.begin(), table.end()) {}
  Decision decide(const Observation& observation) override;

 private:
  double wanted_hz(std::optional<workload::Phase> phase) const;

  PerPhaseConfig config_;
  std::vector<OperatingPoint> table_;
};

}  // namespace kiln::governor
