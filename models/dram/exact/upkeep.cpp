// SPDX-License-Identifier: MIT
#include "dram/exact/upkeep.h"

#include <fmt/core.h>

#include <algorithm>

#include "base/error.h"

namespace kiln::dram {

bool Upkeep::begin_next(Cycle until) {
  idle_.skip(until);
  const Cycle due = low_power_.refreshes_itself() ? kNeverCycle : state_.refresh.next_due();
  const Cycle sleep = low_power_.next();
  CommandBuses& buses = state_.buses;
  if (sleep <= until && sleep < due) {
    buses.go_to(std::max(buses.now(), sleep));
    low_power_.deepen();
    return true;
  }
  if (due > until) return false;
  buses.go_to(std::max(buses.now(), due));
  low_power_.wake();
  const bool alone = state_.refresh.pending().empty();
  advance_refresh();
  idle_.see(due, alone);
  return true;
}

void Upkeep::advance_refresh() {
  RefreshQueue& refresh = state_.refresh;
  refresh.advance(state_.buses.now(), state_.device, [this](int bank) {
    return state_.queues.bank_size(bank) == 0 && !state_.activated.holds(bank);
  });
  scheduler_.refreshes_changed();
  constexpr std::size_t kPostponed = 8;  // by bank or rank: JESD79-4 4.26, JESD209-4 4.13
  if (refresh.pending().size() > kPostponed * static_cast<std::size_t>(state_.device.banks()))
    throw base::SimError(
        fmt::format("DRAM {}: {} refreshes are owed at cycle {} and more fall due than can be done; "
                    "lower refresh.rate or take refresh.policy all_bank",
                    state_.config.name, refresh.pending().size(), state_.buses.now()));
}

}  // namespace kiln::dram
