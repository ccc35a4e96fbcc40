// SPDX-License-Identifier: MIT
// Which requests a channel takes, and where they wait: queue depths, the window of requests in flight, writes
// that serve later reads, and the reads of patrol scrubbing among them.
#pragma once

#include "dram/exact/channel_state.h"
#include "dram/exact/scheduler.h"
#include "dram/exact/upkeep.h"

namespace kiln::dram {

class Admission {
 public:
  Admission(ChannelState& state, Scheduler& scheduler, Upkeep& upkeep)
      : state_(state), scheduler_(scheduler), upkeep_(upkeep) {}

  bool can_accept(const Access& access) const;
  void accept(const Access& access, Cycle at, Cycle due);
  /// First cycle after now in which can_accept() may change without a command being issued.
  Cycle accept_again() const;
  /// At least so many accesses of a direction can be taken without a column command.
  std::uint64_t room(bool write) const;
  /// Patrol reads that fell due take entries of the queues like other reads, at most a queue full of them.
  void admit_patrol() {
    if (state_.patrol.due() <= state_.buses.now()) admit_patrols();
  }

 private:
  const ControllerConfig& config() const { return state_.config.controller; }
  bool cycle_is_full() const {
    return config().accepts_per_cycle > 0 && accepted_cycle_ == state_.buses.now() &&
           accepted_in_cycle_ >= config().accepts_per_cycle;
  }
  bool window_is_full() const { return config().outstanding > 0 && inside() >= config().outstanding; }
  int inside() const;
  void enqueue(const Access& access, Cycle at, Cycle due);
  void admit_patrols();

  ChannelState& state_;
  Scheduler& scheduler_;
  Upkeep& upkeep_;
  std::uint64_t next_age_ = 0;
  int last_bank_ = kNone;  ///< of the request taken last
  Cycle accepted_cycle_ = -1;
  int accepted_in_cycle_ = 0;
};

}  // namespace kiln::dram
