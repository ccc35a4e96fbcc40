// SPDX-License-Identifier: MIT
// What a channel does without being asked: refreshes fall due, and it goes to sleep and wakes for them.
#pragma once

#include "dram/exact/channel_state.h"
#include "dram/exact/idle_refreshes.h"
#include "dram/exact/low_power.h"
#include "dram/exact/scheduler.h"

namespace kiln::dram {

class Upkeep {
 public:
  Upkeep(ChannelState& state, Scheduler& scheduler, CommandIssuer& issuer)
      : state_(state), scheduler_(scheduler), low_power_(state, scheduler, issuer), idle_(state) {}

  /// Does the first of what begins no later than `until`; false when nothing does.
  bool begin_due(Cycle until) {
    return (low_power_.enabled() || state_.refresh.next_due() <= until) && begin_next(until);
  }
  /// A request comes.
  void wake() { low_power_.wake(); }
  /// Refreshes from now on come otherwise than before.
  void disturb() { idle_.disturb(); }
  LowPower& low_power() { return low_power_; }
  const LowPower& low_power() const { return low_power_; }

 private:
  bool begin_next(Cycle until);
  void advance_refresh();

  ChannelState& state_;
  Scheduler& scheduler_;
  LowPower low_power_;
  IdleRefreshes idle_;
};

}  // namespace kiln::dram
