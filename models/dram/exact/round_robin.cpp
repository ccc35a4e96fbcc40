// SPDX-License-Identifier: MIT
#include "dram/exact/round_robin.h"

#include <algorithm>

#include "dram/exact/command_issuer.h"

namespace kiln::dram {

Pick RoundRobin::of_bank(int bank, Cycle by, Cycle rows_from) const {
  const RequestQueues& queues = state_.queues;
  const RequestQueues::List &reads = queues.list(bank, false), &writes = queues.list(bank, true);
  Pick best;
  const std::int32_t head = queues.older(reads.head, writes.head);
  const bool hits = reads.hit != kNone || writes.hit != kNone;
  const auto consider = [&](const Pick& pick) {
    if (pick.slot == kNone) return;
    const bool ready = pick.at <= by, best_ready = best.at <= by;
    const bool better = ready == best_ready ? (ready ? pick.age < best.age : pick.at < best.at) : ready;
    if (better) best = pick;
  };
  const std::int32_t row = state_.device.bank(bank).row;
  if (row == kClosed || queues.slot(head).access.row != row) {
    Pick pick;
    candidates_.row(pick, bank,
                    {.head = head, .hit = hits ? 0 : kNone, .miss = row == kClosed ? kNone : head},
                    rows_from);
    consider(pick);
  }
  for (const std::int32_t hit : {reads.hit, writes.hit}) {
    if (hit == kNone) continue;
    Pick pick;
    candidates_.access(pick, bank, hit, Rank::queue);
    consider(pick);
  }
  return best;
}

Pick RoundRobin::of_turn(Cycle by, int& turn, Cycle rows_from) const {
  Pick earliest;
  const int banks = state_.device.banks();
  for (int i = 1; i <= banks; ++i) {
    const int bank = (turn + i) % banks;
    if (state_.queues.bank_size(bank) == 0 || state_.refresh_holds(bank)) continue;
    const Pick pick = of_bank(bank, by, rows_from);
    if (pick.at <= by) {
      turn = bank;
      return pick;
    }
    if (pick.at < earliest.at) earliest = pick;
  }
  return earliest;
}

Cycle RoundRobin::next() {
  refresh_ = candidates_.refresh();
  int turn = turn_;
  earliest_ = of_turn(kLongAgo, turn, state_.buses.row_floor());
  return std::min(earliest_.at, refresh_.at);
}

Cycle RoundRobin::serve(Cycle at, CommandIssuer& issuer) {
  bool column = false;
  if (refresh_.at == at) {
    issuer.issue(refresh_);
  } else if (earliest_.at == at) {
    const Pick first = of_turn(at, turn_, state_.buses.row_floor());
    column = first.column();
    issuer.issue(first);
  } else {
    return at;
  }
  if (state_.buses.separate()) {
    // The next bank whose command could be issued in this cycle has its turn. If that is one for the bus that
    // is taken, nothing is issued, and the turn is over all the same.
    const Pick second = of_turn(at, turn_, at);
    if (second.at == at && second.column() != column) issuer.issue(second);
  }
  return at;
}

}  // namespace kiln::dram
