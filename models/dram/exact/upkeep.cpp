// SPDX-License-Identifier: MIT
#include "dram/exact/upkeep.h"

#include <fmt/core.h>

#include <algorithm>

#include "base/error.h"
#include "dram/refresh_rules.h"

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
  if (refresh.pending().size() > static_cast<std::size_t>(kPostponedRefreshes * state_.device.banks()))
    throw base::SimError(
        fmt::format("DRAM {}: {} refreshes are owed at cycle {} and more fall due than can be done; "
                    "lower refresh.rate or take refresh.policy all_bank",
                    state_.config.name, refresh.pending().size(), state_.buses.now()));
}

}  // namespace kiln::dram
