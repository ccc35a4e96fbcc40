// SPDX-License-Identifier: MIT
// Banks served in turn, the first ready entry of each (`arbitration: round_robin`, the command queues of
// DRAMsim3).
#pragma once

#include "dram/exact/candidates.h"
#include "dram/exact/scheduler.h"

namespace kiln::dram {

class RoundRobin final : public Scheduler {
 public:
  explicit RoundRobin(const ChannelState& state) : state_(state), candidates_(state) {}

  Cycle next() override;
  Cycle serve(Cycle at, CommandIssuer& issuer) override;
  bool closes_idle_cycles() const override { return false; }

 private:
  /// The entry of a bank that is ready at `by`, the oldest; else the one that is ready earliest. The bus of
  /// row commands is free from `rows_from` on.
  Pick of_bank(int bank, Cycle by, Cycle rows_from) const;
  /// That of the first bank after `turn` with an entry ready at `by`, and `turn` becomes this bank; else the
  /// earliest of all.
  Pick of_turn(Cycle by, int& turn, Cycle rows_from) const;

  const ChannelState& state_;
  Candidates candidates_;
  int turn_ = 0;             ///< bank that was served last
  Pick refresh_, earliest_;  ///< as next() saw them
};

}  // namespace kiln::dram
