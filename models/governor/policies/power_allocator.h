// SPDX-License-Identifier: MIT
// A temperature-controlled power budget shared out by request (Linux, power_allocator governor).
#pragma once

#include "governor/policies/ipa.h"
#include "governor/policy.h"

namespace kiln::governor {

struct PowerAllocatorConfig {
  double sustainable_w = 2.5;
  double switch_on_c = 70;
  double control_c = 85;
  double maximum_w = 6;      ///< of the governed clock domain
  double hbm_maximum_w = 0;  ///< above zero: memory is a second consumer of the budget
  double hbm_weight = 1;     ///< of memory's request against the clock domain's
  double hbm_floor = 0.5;    ///< lowest memory clock factor
  double integral_cutoff_k = 0;
};
const config::Record<PowerAllocatorConfig>& describe(const PowerAllocatorConfig*);

/// Consumer 0 of observation.actor_power_w is the clock domain,
/// 1 the memory; without them all power is consumer 0's.
class PowerAllocator final : public Policy {
 public:
  PowerAllocator(const PowerAllocatorConfig& config, std::span<const OperatingPoint> table, double period_s);
  Decision decide(const Observation& observation) override;
  void reset() override;
  std::vector<double> state() const override;

 private:
  int level_within(double granted_w, double drawn_w, int current_level) const;

  PowerAllocatorConfig config_;
  std::vector<OperatingPoint> table_;
  IpaController controller_;
  double hbm_factor_ = 1;
};

}  // namespace kiln::governor
