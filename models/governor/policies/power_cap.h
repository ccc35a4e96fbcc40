// SPDX-License-Identifier: MIT
// Holds a running average of power under a cap (after Intel's RAPL: a limit and a time window).
//
// The policy keeps two averages over the window: of power, which decides when to act, and of power / (f V^2),
// the switched capacitance of what runs now, which predicts every level's power without waiting for the
// average to follow a change. It climbs only to a level predicted under the cap. The prediction counts
// leakage as if it scaled with f V^2: too high for a faster level, so that a climb never needs to be taken
// back on a steady load, and too low for a slower one, so that a descent may take more than one period.
#pragma once

#include "governor/policy.h"

namespace kiln::governor {

struct PowerCapConfig {
  double cap_w = 15;
  double window_s = 0.1;
  double margin = 0.02;  ///< a level is climbed to when predicted under (1 - margin) cap
  double hbm_floor = 1;  ///< lowest memory clock factor once the slowest level is still over the cap
  double hbm_step = 0.1;
};
const config::Record<PowerCapConfig>& describe(const PowerCapConfig*);

class PowerCap final : public Policy {
 public:
  PowerCap(const PowerCapConfig& config, std::span<const OperatingPoint> table);
  Decision decide(const Observation& observation) override;
  void reset() override;
  std::vector<double> state() const override;

 private:
  void descend();
  void climb();
  void set_hbm_factor(double factor);
  double predicted_w(int level) const;

  PowerCapConfig config_;
  std::vector<OperatingPoint> table_;
  int level_ = 0;
  double hbm_factor_ = 1;
  bool primed_ = false;
  double hold_s_ = 0;  ///< until the memory clock may change again
  double average_w_ = 0;
  double capacitance_f_ = 0;  ///< average of P / (f V^2)
};

}  // namespace kiln::governor
