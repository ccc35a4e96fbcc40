// SPDX-License-Identifier: MIT
#include "dram/exact/candidates.h"

#include <algorithm>

namespace kiln::dram {

void Candidates::offer(Pick& best, Cycle at, Rank rank, Command command, int bank, std::int32_t slot) const {
  const Cycle by = order(at, command);
  if (by > best.order) return;
  const std::uint64_t age = slot == kNone ? 0 : state_.queues.slot(slot).age;
  if (by == best.order && (rank > best.rank || (rank == best.rank && age >= best.age))) return;
  best = {at, by, age, bank, slot, 0, rank, command};
}

void Candidates::access(Pick& best, int bank, std::int32_t slot, Rank rank) const {
  const RequestQueues::Slot& request = state_.queues.slot(slot);
  const bool write = request.access.write;
  const Cycle ready = write ? state_.device.write_at(bank) : state_.device.read_at(bank);
  offer(best, std::max({state_.buses.column_floor(), request.from, ready}), rank,
        write ? Command::write : Command::read, bank, slot);
}

void Candidates::row(Pick& best, int bank, const RequestQueues::List& list, Cycle floor) const {
  const std::int32_t row = state_.device.bank(bank).row;
  if (row == kClosed) {
    if (!state_.activated.second_step_due())
      offer_row(best, state_.device.activate_at(bank), Command::activate, bank, list.head, floor);
  } else if (row >= 0 && list.miss != kNone && may_close(bank, list.hit != kNone)) {
    offer_row(best, state_.device.precharge_at(bank), Command::precharge, bank, list.miss, floor);
  }
}

void Candidates::offer_row(Pick& best, Cycle ready, Command command, int bank, std::int32_t slot,
                           Cycle floor) const {
  const Cycle at = std::max({floor, state_.queues.slot(slot).from, ready});
  offer(best, at, Rank::queue, command, bank, slot);
}

void Candidates::timed_out_rows(Pick& best) const {
  const Device& device = state_.device;
  for (int bank = 0; bank < device.banks(); ++bank) {
    const BankState& state = device.bank(bank);
    if (state.row < 0 || state_.activated.owner(bank) != kNone) continue;
    const Cycle at =
        std::max({state_.buses.row_floor(), state.last_use + state_.config.controller.page_timeout,
                  device.precharge_at(bank)});
    offer(best, at, Rank::filler, Command::precharge, bank, kNone);
  }
}

Pick Candidates::refresh() const {
  Pick best;
  if (state_.refresh.pending().empty()) return best;
  const ActivatedRequests& activated = state_.activated;
  const auto held = [&activated](int sub, int bank) {
    return bank < 0 ? activated.holds_in(sub) : activated.holds(bank);
  };
  const RefreshCommand next = state_.refresh.next(state_.device, state_.buses.row_floor(), held);
  if (next.at == kNeverCycle) return best;
  return {.at = next.at,
          .order = state_.buses.order(next.at, state_.timing().refresh_length),
          .bank = next.bank,
          .due = static_cast<std::int32_t>(next.due),
          .rank = Rank::refresh,
          .command = next.command};
}

Pick Candidates::second_step() const {
  Pick pick;
  if (!state_.activated.second_step_due()) return pick;
  const ActivatedRequests::SecondStep& step = state_.activated.second_step();
  const Cycle at = std::max(state_.buses.row_floor(), step.issued + 1);
  offer(pick, at, at >= step.deadline ? Rank::urgent : Rank::filler, Command::activate2, step.bank,
        step.slot);
  return pick;
}

bool Candidates::may_close(int bank, bool hits) const {
  if (state_.activated.owner(bank) != kNone) return false;
  if (!hits) return true;
  const ControllerConfig& config = state_.config.controller;
  const BankState& state = state_.device.bank(bank);
  if (config.row_hit_limit > 0 && state.accesses >= static_cast<std::uint32_t>(config.row_hit_limit))
    return true;
  return config.arbitration == Arbitration::oldest_ready && state.accesses > 0;
}

}  // namespace kiln::dram
