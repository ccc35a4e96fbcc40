// SPDX-License-Identifier: MIT
#include "dram/exact/progress_watch.h"

#include <fmt/core.h>

#include "base/error.h"

namespace kiln::dram {

void ProgressWatch::check_waiting(Cycle limit) const {
  const RequestLedger& ledger = state_.ledger;
  const bool all_must_end = limit == kNeverCycle;
  // Until more requests come, writes may stay for a drain that is worth its while (`eager_drain`).
  const bool may_wait = state_.queues_drained() && state_.front.may_rest();
  const bool starved = all_must_end ? ledger.incomplete() > 0 || ledger.waiting(true) > 0 : !may_wait;
  if (starved) fail_starved();
}

void ProgressWatch::fail_starved() const {
  throw base::SimError(fmt::format(
      "DRAM {}: no request was served since cycle {}, and it is cycle {}: {}; refreshes or the rule "
      "of the direction (controller.write_high, write_low, eager_drain) hold all of them back",
      state_.config.name, state_.ledger.served_at(), state_.buses.now(), describe_state()));
}

std::string ProgressWatch::describe_state() const {
  const RequestQueues& queues = state_.queues;
  std::string text = fmt::format(
      "{} reads and {} writes queued, {} and {} before the queues, {} activated, {} refreshes owed",
      queues.size(false), queues.size(true), state_.front.size(false), state_.front.size(true),
      state_.activated.size(), state_.refresh.pending().size());
  if (const std::int32_t oldest = queues.oldest(); oldest != kNone) {
    const RequestQueues::Slot& slot = queues.slot(oldest);
    text +=
        fmt::format(", the oldest a {} of bank {} row {} that came at cycle {}",
                    slot.access.write ? "write" : "read", slot.access.bank, slot.access.row, slot.arrival);
  }
  return text + scheduler_.describe();
}

}  // namespace kiln::dram
