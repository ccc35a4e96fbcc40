// SPDX-License-Identifier: MIT
// Everything between sensor readings and the operating point: policies at their own periods, and above them
// the guard.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "governor/guard.h"
#include "governor/policy_config.h"
#include "governor/refresh.h"
#include "governor/transition.h"

namespace kiln::governor {

struct GovernorConfig {
  std::vector<PolicyConfig> policies = {PolicyConfig{}};
  std::optional<RefreshConfig> refresh;  ///< absent: the memory's own rule
  GuardConfig guard{};
  TransitionConfig transition{};
};
const config::Record<GovernorConfig>& describe(const GovernorConfig*);

/// Several policies act at once: the slowest level, lowest memory clock, highest cooling win,
/// learning-rate factors multiply. The guard overrules them all.
class ControlLoop {
 public:
  ControlLoop(const GovernorConfig& config, std::span<const OperatingPoint> table);

  /// Shortest period of any policy: the caller's control period.
  /// Policies with a longer one keep their last decision.
  double period_s() const { return period_s_; }
  double longest_period_s() const;

  /// One control period of `observation.period_s`. At shutdown the level is 0.
  Decision step(const Observation& observation);
  GuardState guard_state() const { return guard_.state_now(); }
  std::string_view guard_reason() const { return guard_.reason(); }
  void reset();
  /// Names of policies that never wanted anything but full speed, in spite of all resets.
  std::vector<std::string> idle_policies() const;
  /// Temperatures jumped (an analysis moved on to another steady state): policies go on, the guard must not
  /// take the jump for a broken sensor.
  void forgive_jump() { guard_.reset(); }
  std::vector<double> state() const;

 private:
  struct Entry {
    PolicyKind kind;
    std::unique_ptr<Policy> policy;
    double period_s;
    double since_s;  ///< time since its last decision
    bool decided = false;
    Decision last{};
    bool acted = false;
  };
  Decision combined() const;

  std::vector<Entry> entries_;
  ThermalGuard guard_;
  double period_s_;
  int top_level_;
};

}  // namespace kiln::governor
