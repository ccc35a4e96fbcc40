// SPDX-License-Identifier: MIT
// Per-bank command queues served in turn, and the queues that feed them (the structure of DRAMsim3).
#include "dram/exact_channel.h"

namespace kiln::dram {

/// First ready entry of a bank's queue at `by`, in order of age; else the one that is ready earliest.
ExactChannel::Pick ExactChannel::bank_turn(int bank, Cycle by) const {
  const RequestQueues::List &reads = queues_.list(bank, false), &writes = queues_.list(bank, true);
  Pick best;
  const std::int32_t head = older(reads.head, writes.head);
  const bool hits = reads.hit != kNone || writes.hit != kNone;
  const auto consider = [&](const Pick& pick) {
    if (pick.slot == kNone) return;
    const bool ready = pick.at <= by, best_ready = best.at <= by;
    const bool better = ready == best_ready ? (ready ? pick.age < best.age : pick.at < best.at) : ready;
    if (better) best = pick;
  };
  const std::int32_t row = device_.bank(bank).row;
  if (row == kClosed || queues_.slot(head).access.row != row) {
    Pick pick;
    const RequestQueues::List both{
        .head = head, .hit = hits ? 0 : kNone, .miss = row == kClosed ? kNone : head};
    offer_row(pick, bank, both);
    consider(pick);
  }
  for (const std::int32_t hit : {reads.hit, writes.hit}) {
    if (hit == kNone) continue;
    Pick pick;
    offer_access(pick, bank, hit, kQueue);
    consider(pick);
  }
  return best;
}

/// Next bank after `turn` with an entry ready at `by`; without one the earliest of all, and `turn` stays.
ExactChannel::Pick ExactChannel::turn_pick(Cycle by, int& turn) const {
  Pick earliest;
  const int banks = device_.banks();
  for (int i = 1; i <= banks; ++i) {
    const int bank = (turn + i) % banks;
    if (queues_.bank_size(bank) == 0 || refresh_holds(bank)) continue;
    const Pick pick = bank_turn(bank, by);
    if (pick.at <= by) {
      turn = bank;
      return pick;
    }
    if (pick.at < earliest.at) earliest = pick;
  }
  return earliest;
}

Cycle ExactChannel::step_round_robin(Cycle limit) {
  for (;;) {
    watch_progress(limit);
    const Pick refresh = refresh_pick();
    int turn = turn_;
    const Pick earliest = turn_pick(kLongAgo, turn);
    const Cycle at = std::min({earliest.at, refresh.at, move_at()});
    if (tend(std::min(at, limit))) continue;
    if (at > limit) {
      go_to(std::max(now_, limit));
      return kNeverCycle;
    }
    if (at == kNeverCycle) fail_starved();  // nor would anything happen later
    go_to(at);
    bool column = false, issued = false;
    if (refresh.at == at) {
      issue(refresh);
      issued = true;
    } else if (earliest.at == at) {
      const Pick first = turn_pick(at, turn_);
      column = first.command == Command::read || first.command == Command::write;
      issue(first);
      issued = true;
    }
    if (issued && separate_) {  // a second command on the other bus, if it is its turn
      const Pick second = turn_pick(at, turn_);
      const bool second_column = second.command == Command::read || second.command == Command::write;
      if (second.at == at && second_column != column) issue(second);
    }
    done_with(at);
    if (move_at() == at) move();
    return at;
  }
}

bool ExactChannel::movable(std::size_t& direction, std::size_t& place) const {
  direction = draining_ > 0 ? 1 : 0;
  const ControllerConfig& c = config_.controller;
  const auto writes = static_cast<int>(front_[1].size());
  const int eager = input_ended_ ? 0 : c.eager_drain;
  if (draining_ == 0 && (writes >= c.write_queue || (front_[0].empty() && queues_.empty() && writes > eager)))
    direction = 1;
  for (place = 0; place < front_[direction].size(); ++place)
    if (queues_.bank_size(queues_.slot(front_[direction][place]).access.bank) < c.bank_queue) return true;
  return false;
}

Cycle ExactChannel::next_move() const {
  std::size_t direction, place;
  if (!movable(direction, place)) return kNeverCycle;
  return std::max({now_, moved_at_ + 1, queues_.slot(front_[direction][place]).from});
}

void ExactChannel::move() {
  std::size_t direction, place;
  if (!movable(direction, place)) return;
  if (direction == 1) draining_ = draining_ == 0 ? static_cast<int>(front_[1].size()) - 1 : draining_ - 1;
  const std::int32_t index = front_[direction][place];
  front_[direction].erase(front_[direction].begin() + static_cast<std::ptrdiff_t>(place));
  RequestQueues::Slot& slot = queues_.slot(index);
  slot.from = now_ + 1;
  ++waiting_[static_cast<std::size_t>(device_.sub_of(slot.access.bank))][direction];
  queues_.append(index, device_.bank(slot.access.bank).row);
  moved_at_ = now_;
}

}  // namespace kiln::dram
