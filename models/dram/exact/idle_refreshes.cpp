// SPDX-License-Identifier: MIT
#include "dram/exact/idle_refreshes.h"

#include <algorithm>

namespace kiln::dram {

bool IdleRefreshes::only_refreshes() const {
  if (state_.record.sink != nullptr || state_.config.power_states.enabled ||
      state_.patrol.due() != kNeverCycle || !state_.drained())
    return false;
  for (int sub = 0; sub < state_.device.subs(); ++sub)
    if (state_.device.open_banks(sub) > 0) return false;
  return true;
}

/// What fell due now waits for nothing but its turn on the command bus.
bool IdleRefreshes::start_now() const {
  const Cycle now = state_.buses.now();
  const Device& device = state_.device;
  if (state_.buses.row_floor() > now) return false;
  for (const RefreshDue& due : state_.refresh.pending())
    if ((due.bank < 0 ? device.refresh_all_at(due.sub) : device.refresh_bank_at(due.bank)) > now)
      return false;
  return true;
}

void IdleRefreshes::see(Cycle due, bool alone) {
  const bool rests = alone && state_.buses.now() == due && only_refreshes() && start_now();
  since_ = rests ? std::min(since_, due) : kNeverCycle;
}

void IdleRefreshes::skip(Cycle until) {
  constexpr Cycle kSeen = 3;
  RefreshQueue& refresh = state_.refresh;
  const Cycle due = refresh.next_due();
  if (until >= kNeverCycle || due > until || since_ == kNeverCycle) return;
  const Cycle rotation = refresh.rotation();
  if (due - since_ < kSeen * rotation || !refresh.pending().empty() || !only_refreshes()) return;
  const Cycle skipped = (until - due) / rotation - 1;
  if (skipped <= 0) return;
  const std::uint64_t commands = static_cast<std::uint64_t>(skipped) * refresh.rotation_commands();
  CommandCounts& counts = state_.record.counts;
  (refresh.per_bank() ? counts.refreshes_per_bank : counts.refreshes_all_bank) += commands;
  refresh.postpone(skipped * rotation);
}

}  // namespace kiln::dram
