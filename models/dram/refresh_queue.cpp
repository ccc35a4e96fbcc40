// SPDX-License-Identifier: MIT
#include "dram/refresh_queue.h"

namespace kiln::dram {

RefreshQueue::RefreshQueue(const DramConfig& config, const TimingTable& timing)
    : policy_(config.refresh.policy),
      blocking_(config.refresh.blocking),
      choice_(config.refresh.choice),
      precharge_all_(config.refresh.precharge_all),
      subs_(config.organisation.pseudo_channels * config.organisation.ranks),
      banks_per_sub_(config.organisation.bank_groups * config.organisation.banks_per_group) {
  const bool spread = config.refresh.start == RefreshStart::spread;
  channel_rotation_ = policy_ == RefreshPolicy::per_bank && !spread;
  per_rotation_ = policy_ == RefreshPolicy::per_bank ? banks_per_sub_ * (channel_rotation_ ? subs_ : 1) : 1;
  interval_ = interval(timing);
  if (policy_ == RefreshPolicy::none) return;
  const int managers = channel_rotation_ ? 1 : subs_;
  remaining_.resize(static_cast<std::size_t>(managers));
  for (int i = 0; i < managers; ++i) due_.push_back(spread ? interval_ * (i + 1) / managers : interval_);
  find_next();
}

Cycle RefreshQueue::interval(const TimingTable& timing) const {
  switch (policy_) {
    case RefreshPolicy::none:
      return kNeverCycle;
    case RefreshPolicy::all_bank:
      return timing.refresh_interval;
    case RefreshPolicy::per_bank:
      return std::max<Cycle>(timing.refresh_bank_interval / (channel_rotation_ ? subs_ : 1), 1);
  }
  return kNeverCycle;
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
  interval_ = interval(timing);
  for (Cycle& due : due_) due = std::min(due, now + interval_);
  find_next();
}

void RefreshQueue::change_clock(Cycle ready, double ratio, const TimingTable& timing) {
  interval_ = interval(timing);
  for (Cycle& due : due_)
    due = ready + static_cast<Cycle>(static_cast<double>(std::max<Cycle>(due - ready, 0)) * ratio);
  find_next();
}

void RefreshQueue::postpone(Cycle by) {
  for (Cycle& due : due_) due += by;
  find_next();
}

}  // namespace kiln::dram
