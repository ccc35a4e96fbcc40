// SPDX-License-Identifier: MIT
// Two states with hysteresis: on at the trip, off below trip - hysteresis (Linux, bang_bang governor).
#pragma once

#include "governor/policy.h"

namespace kiln::governor {

/// clock: the low level while on. cooling: fan, pump or thermoelectric current at full while on.
enum class Actuator { clock, cooling };
std::span<const config::EnumName<Actuator>> enum_names(const Actuator*);

struct BangBangConfig {
  double trip_c = 85;
  double hysteresis_k = 5;
  Actuator actuator = Actuator::clock;
  int low_level = 0;
};
const config::Record<BangBangConfig>& describe(const BangBangConfig*);

class BangBang final : public Policy {
 public:
  BangBang(const BangBangConfig& config, std::span<const OperatingPoint> table);
  Decision decide(const Observation& observation) override;
  void reset() override { on_ = false; }
  std::vector<double> state() const override { return {on_ ? 1.0 : 0.0}; }

 private:
  BangBangConfig config_;
  int top_level_;
  bool on_ = false;
};

}  // namespace kiln::governor
