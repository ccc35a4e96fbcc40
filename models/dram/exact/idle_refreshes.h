// SPDX-License-Identifier: MIT
// Refreshes of a long idle stretch in closed form. Three rotations in which every refresh starts on its due
// cycle show that the next ones do, too: the first is rid of what requests left behind, the second begins in
// the bank order of all later ones, the third has only such rotations before it. The last rotation before
// `until` is visited again, so that all "not before" times are those of a channel that visited every one.
#pragma once

#include "dram/exact/channel_state.h"

namespace kiln::dram {

class IdleRefreshes {
 public:
  explicit IdleRefreshes(ChannelState& state) : state_(state) {}

  /// Something else than a refresh happens.
  void disturb() { since_ = kNeverCycle; }
  /// What was due at `due` is pending now; `alone`: nothing was pending before.
  void see(Cycle due, bool alone);
  /// Counts the rotations that end well before `until` without a visit.
  void skip(Cycle until);

 private:
  bool only_refreshes() const;
  bool start_now() const;

  ChannelState& state_;
  Cycle since_ = kNeverCycle;  ///< since this refresh each one started on its due cycle, nothing else
};

}  // namespace kiln::dram
