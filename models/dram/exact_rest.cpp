// SPDX-License-Identifier: MIT
// Refreshes of a long idle stretch in closed form. Three rotations in which every refresh starts on its due
// cycle show that the next ones do, too: the first is rid of what requests left behind, the second begins in
// the bank order of all later ones, the third has only such rotations before it. The last rotation before
// `until` is visited again, so that all "not before" times are those of a channel that visited every one.
#include "dram/exact_channel.h"

namespace kiln::dram {

bool ExactChannel::only_refreshes() const {
  if (sink_ != nullptr || config_.power_states.enabled || patrol_.due() != kNeverCycle || !drained())
    return false;
  for (int sub = 0; sub < device_.subs(); ++sub)
    if (device_.open_banks(sub) > 0) return false;
  return true;
}

/// What fell due now waits for nothing but its turn on the command bus.
bool ExactChannel::refreshes_start_now() const {
  if (row_floor() > now_) return false;
  for (const RefreshDue& due : refresh_.pending())
    if ((due.bank < 0 ? device_.refresh_all_at(due.sub) : device_.refresh_bank_at(due.bank)) > now_)
      return false;
  return true;
}

void ExactChannel::skip_rotations(Cycle until) {
  constexpr Cycle kSeen = 3;
  const Cycle due = refresh_.next_due();
  if (until >= kNeverCycle || due > until || rest_since_ == kNeverCycle) return;
  const Cycle rotation = refresh_.rotation();
  if (due - rest_since_ < kSeen * rotation || !refresh_.pending().empty() || !only_refreshes()) return;
  const Cycle skipped = (until - due) / rotation - 1;
  if (skipped <= 0) return;
  const std::uint64_t commands = static_cast<std::uint64_t>(skipped) * refresh_.rotation_commands();
  (refresh_.per_bank() ? counts_.refreshes_per_bank : counts_.refreshes_all_bank) += commands;
  refresh_.postpone(skipped * rotation);
}

}  // namespace kiln::dram
