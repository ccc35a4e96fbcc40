// SPDX-License-Identifier: MIT
// The last line of defence, independent of any policy: emergency shutdown with latency and hysteresis, and
// the reaction to sensors that can no longer be believed (in the manner of IEC 60730-1 annex H control
// functions: a fault must lead to a safe state within a stated time).
#pragma once

#include <string_view>
#include <vector>

#include "governor/policy.h"

namespace kiln::governor {

struct GuardConfig {
  double shutdown_c = 125;
  double hbm_shutdown_c = 105;
  double restart_below_c = 85;
  double margin_k = 1;
  double confirm_s = 1e-3;
  double plausible_low_c = -60;
  double plausible_high_c = 160;
  double plausible_rate_k_per_s = 2e4;
  double plausible_spread_k = 60;
  double fault_reaction_s = 0.01;
  double fault_shutdown_s = 1;
};
const config::Record<GuardConfig>& describe(const GuardConfig*);

/// normal: policies rule. safe_state: a sensor is not believed, the slowest level is forced. shut_down: off.
enum class GuardState { normal, safe_state, shut_down };

class ThermalGuard {
 public:
  ThermalGuard(const GuardConfig& config) : config_(config) {}

  /// Advances by observation.period_s. Shutdown comes once a reading has been within
  /// `margin` of a limit, or beyond it, for `confirm`, or a sensor been faulty for `fault_shutdown`; it is
  /// left only when all sensors work and read below `restart_below`.
  GuardState update(const Observation& observation);
  GuardState state_now() const { return state_; }
  /// Why the guard is not in its normal state; empty in it.
  std::string_view reason() const { return reason_; }
  void reset();
  std::vector<double> state() const;

 private:
  bool believable(std::span<const double> sensor_c, double period_s);
  bool over_limit(const Observation& observation) const;
  bool cool(const Observation& observation) const;

  GuardConfig config_;
  GuardState state_ = GuardState::normal;
  std::string_view reason_;
  double over_limit_s_ = 0;
  double fault_s_ = 0;
  std::vector<double> last_c_;
  std::vector<double> sorted_c_;  ///< scratch of believable(), kept for its capacity
};

}  // namespace kiln::governor
