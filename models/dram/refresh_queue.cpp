// SPDX-License-Identifier: MIT
#include "dram/refresh_queue.h"

namespace kiln::dram {

RefreshQueue::RefreshQueue(const DramConfig& config, const TimingTable& timing)
    : policy_(RefreshPolicy::none),
      blocking_(config.refresh.blocking),
      choice_(config.refresh.choice),
      precharge_all_(config.refresh.precharge_all),
      spread_(config.refresh.start == RefreshStart::spread),
      subs_(config.organisation.pseudo_channels * config.organisation.ranks),
      banks_per_sub_(config.organisation.bank_groups * config.organisation.banks_per_group) {
  if (take(timing)) begin(0);
}

bool RefreshQueue::take(const TimingTable& timing) {
  const bool others = timing.refresh_policy != policy_;
  policy_ = timing.refresh_policy;
  const bool by_bank = per_bank();
  channel_rotation_ = by_bank && !spread_;
  per_rotation_ = by_bank ? banks_per_sub_ * (channel_rotation_ ? subs_ : 1) : 1;
  if (policy_ != RefreshPolicy::none)
    interval_ = by_bank ? timing.refresh_bank_pace : timing.refresh_interval;
  return others;
}

void RefreshQueue::begin(Cycle from) {
  const int managers = channel_rotation_ ? 1 : subs_;
  remaining_.assign(static_cast<std::size_t>(managers), {});
  due_.clear();
  for (int i = 0; i < managers; ++i)
    due_.push_back(from + (spread_ ? interval_ * (i + 1) / managers : interval_));
  find_next();
}

void RefreshQueue::find_next() {
  next_due_ = due_.empty() ? kNeverCycle : *std::min_element(due_.begin(), due_.end());
}

bool RefreshQueue::blocks(int sub, int bank) const {
  for (const RefreshDue& due : pending_)
    if (due.bank < 0 ? due.sub == sub : due.bank == bank) return true;
  return false;
}

void RefreshQueue::set_timing(Cycle now, const TimingTable& timing) {
  if (take(timing)) return begin(now);
  for (Cycle& due : due_) due = std::min(due, now + interval_);
  find_next();
}

void RefreshQueue::change_clock(Cycle ready, double ratio, const TimingTable& timing) {
  if (take(timing)) return begin(ready);
  for (Cycle& due : due_)
    due = ready + static_cast<Cycle>(static_cast<double>(std::max<Cycle>(due - ready, 0)) * ratio);
  find_next();
}

void RefreshQueue::postpone(Cycle by) {
  for (Cycle& due : due_) due += by;
  find_next();
}

}  // namespace kiln::dram
