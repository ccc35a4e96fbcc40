// SPDX-License-Identifier: MIT
// The commands that what waits asks for, each with the first cycle it can be issued: by request, by bank, and
// those that no request asks for. Policies choose among them.
#pragma once

#include "dram/exact/channel_state.h"
#include "dram/exact/pick.h"

namespace kiln::dram {

class Candidates {
 public:
  explicit Candidates(const ChannelState& state) : state_(state) {}

  /// What commands are compared by, see CommandBuses::order.
  Cycle order(Cycle at, Command command) const;
  /// Each of these puts its command in the place of `best` if it is better.
  void access(Pick& best, int bank, std::int32_t slot, Rank rank) const;
  /// The activate or precharge for what waits for a bank, `list`.
  void row(Pick& best, int bank, const RequestQueues::List& list) const {
    row(best, bank, list, state_.buses.row_floor());
  }
  /// The same with the bus of row commands free from `floor` on.
  void row(Pick& best, int bank, const RequestQueues::List& list, Cycle floor) const;
  void timed_out_rows(Pick& best) const;
  /// The next of the pending refreshes, or a precharge for it.
  Pick refresh() const;
  /// LPDDR5: ACT-2, urgent once its deadline is there.
  Pick second_step() const;
  /// A conflict may close the row of a bank; `hits`: requests for it wait.
  bool may_close(int bank, bool hits) const;

 private:
  void offer_row(Pick& best, Cycle ready, Command command, int bank, std::int32_t slot, Cycle floor) const;
  void offer(Pick& best, Cycle at, Rank rank, Command command, int bank, std::int32_t slot) const;

  const ChannelState& state_;
};

inline Cycle Candidates::order(Cycle at, Command command) const {
  const TimingTable& timing = state_.timing();
  const bool column = command == Command::read || command == Command::write;
  return state_.buses.order(at, command == Command::activate ? timing.activate_length
                                : column                     ? timing.access_length
                                                             : timing.precharge_length);
}

}  // namespace kiln::dram
