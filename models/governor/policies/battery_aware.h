// SPDX-License-Identifier: MIT
// Which training tasks keep the full clock once the battery is low, in both directions.
#pragma once

#include "governor/policy.h"

namespace kiln::governor {

/// conserve: tasks with many frozen layers (little work per sample) keep it. as_written: the
/// article's "prioritise low-freeze tasks", which keeps it for those with the most work and so
/// drains the battery faster.
enum class BatteryDirection { conserve, as_written };
std::span<const config::EnumName<BatteryDirection>> enum_names(const BatteryDirection*);

struct BatteryAwareConfig {
  double low_fraction = 0.2;
  double hysteresis = 0.05;
  double frozen_threshold = 0.5;
  BatteryDirection direction = BatteryDirection::conserve;
  double reduced_share = 0.5;  ///< of the top clock, for the tasks that give way
};
const config::Record<BatteryAwareConfig>& describe(const BatteryAwareConfig*);

class BatteryAware final : public Policy {
 public:
  BatteryAware(const BatteryAwareConfig& config, std::span<const OperatingPoint> table);
  Decision decide(const Observation& observation) override;
  void reset() override { low_ = false; }
  std::vector<double> state() const override { return {low_ ? 1.0 : 0.0}; }

 private:
  BatteryAwareConfig config_;
  int top_level_;
  int reduced_level_;
  bool low_ = false;
};

}  // namespace kiln::governor
