// SPDX-License-Identifier: MIT
// The watchdog of a channel: requests that wait are served, or the run ends saying why they are not.
#pragma once

#include <string>

#include "dram/exact/channel_state.h"
#include "dram/exact/scheduler.h"

namespace kiln::dram {

class ProgressWatch {
 public:
  ProgressWatch(const ChannelState& state, const Scheduler& scheduler)
      : state_(state), scheduler_(scheduler) {}

  /// Throws SimError if requests waited too long; `limit`: kNeverCycle if no more will come before they must
  /// all be served.
  void check(Cycle limit) const {
    if (state_.buses.now() - state_.ledger.served_at() > kLongestWait) check_waiting(limit);
  }
  [[noreturn]] void fail_starved() const;
  /// One line: queues, the oldest request, what the scheduler is at.
  std::string describe_state() const;

 private:
  /// Cycles without a request served: far more than all refreshes that may be owed at once take.
  static constexpr Cycle kLongestWait = 1 << 26;
  void check_waiting(Cycle limit) const;

  const ChannelState& state_;
  const Scheduler& scheduler_;
};

}  // namespace kiln::dram
