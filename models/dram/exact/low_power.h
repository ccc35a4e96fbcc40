// SPDX-License-Identifier: MIT
// Power-down and self-refresh of an idle channel: its ranks and pseudo-channels share the clock enable
// (JESD235 3.1: one CKE per channel) and sleep together.
#pragma once

#include "dram/exact/channel_state.h"
#include "dram/exact/command_issuer.h"
#include "dram/exact/scheduler.h"

namespace kiln::dram {

class LowPower {
 public:
  LowPower(ChannelState& state, Scheduler& scheduler, CommandIssuer& issuer)
      : state_(state), scheduler_(scheduler), issuer_(issuer) {}

  bool enabled() const { return state_.config.power_states.enabled; }
  /// The device refreshes itself.
  bool refreshes_itself() const { return sleep_ == Sleep::self_refresh; }
  /// Cycle in which the channel falls asleep, or deeper asleep; kNeverCycle while it has something to do.
  Cycle next() const;
  /// Does that, now.
  void deepen() { sleep_ == Sleep::none ? power_down() : self_refresh(); }
  void wake() {
    if (sleep_ != Sleep::none) leave();
  }
  /// Cycles up to `now`, with what a sleep that still lasts has come to, summed over the sub-channels.
  Cycle power_down_cycles(Cycle now) const { return slept(Sleep::power_down, power_down_cycles_, now); }
  Cycle self_refresh_cycles(Cycle now) const { return slept(Sleep::self_refresh, self_refresh_cycles_, now); }
  /// They count anew; the channel is awake.
  void forget_cycles() { power_down_cycles_ = self_refresh_cycles_ = 0; }

 private:
  enum class Sleep : std::uint8_t { none, power_down, self_refresh };

  Cycle quiet_at() const;
  void power_down();
  void self_refresh();
  void leave();
  Cycle slept(Sleep sleep, Cycle done, Cycle now) const;

  ChannelState& state_;
  Scheduler& scheduler_;
  CommandIssuer& issuer_;
  Sleep sleep_ = Sleep::none;
  Cycle since_ = 0;
  std::uint64_t refreshes_wanted_ = 0;  ///< in all, before the next self-refresh
  Cycle power_down_cycles_ = 0, self_refresh_cycles_ = 0;
};

}  // namespace kiln::dram
