// SPDX-License-Identifier: MIT
// The watchdog of an exact channel: requests that wait are served, or the run ends saying why they are not.
#include "base/error.h"
#include "dram/exact_channel.h"

namespace kiln::dram {

/// Until more requests come, writes may stay for a drain that is worth its while (`eager_drain`).
bool ExactChannel::may_wait() const {
  const std::size_t eager = input_ended_ ? 0 : static_cast<std::size_t>(config_.controller.eager_drain);
  return queues_.empty() && !owned() && !act2_.due() && front_[0].empty() && front_[1].size() <= eager;
}

void ExactChannel::check_progress(Cycle limit) const {
  const bool all_must_end = limit == kNeverCycle;  // no more requests will come before that
  const bool starved = all_must_end ? incomplete_ > 0 || pending_[true] > 0 : !may_wait();
  if (starved) fail_starved();
}

void ExactChannel::fail_starved() const {
  throw base::SimError(fmt::format(
      "DRAM {}: no request was served since cycle {}, and it is cycle {}: {}; refreshes or the rule "
      "of the direction (controller.write_high, write_low, eager_drain) hold all of them back",
      config_.name, served_at_, now_, describe_state()));
}

std::string ExactChannel::describe_state() const {
  std::string text = fmt::format(
      "{} reads and {} writes queued, {} and {} before the queues, {} activated, {} refreshes owed",
      queues_.size(false), queues_.size(true), front_[0].size(), front_[1].size(),
      owners_[0].size() + owners_[1].size(), refresh_.pending().size());
  std::int32_t oldest = kNone;
  for (const bool write : {false, true})
    for (const std::int32_t bank : queues_.busy(write))
      oldest = older(oldest, queues_.list(bank, write).head);
  if (oldest != kNone) {
    const RequestQueues::Slot& slot = queues_.slot(oldest);
    text +=
        fmt::format(", the oldest a {} of bank {} row {} that came at cycle {}",
                    slot.access.write ? "write" : "read", slot.access.bank, slot.access.row, slot.arrival);
  }
  if (by_age_) return text;
  for (std::size_t unit = 0; unit < writing_.size(); ++unit)
    text += fmt::format(", {} {}", writing_[unit] != 0 ? "writing" : "reading", unit);
  return text;
}

}  // namespace kiln::dram
