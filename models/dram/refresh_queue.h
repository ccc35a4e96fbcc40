// SPDX-License-Identifier: MIT
// Which refreshes are due, and the next command each needs (precharges first, then REF).
#pragma once

#include <cstdint>
#include <deque>
#include <vector>

#include "dram/device.h"
#include "dram/dram_config.h"

namespace kiln::dram {

struct RefreshDue {
  int sub = 0;
  int bank = -1;  ///< channel-wide bank of a per-bank refresh; -1: all banks of the sub-channel
};

struct RefreshCommand {
  Cycle at = kNeverCycle;
  Command command = Command::refresh_all;
  int bank = -1;        ///< for precharge and refresh_bank
  std::size_t due = 0;  ///< index into pending()
};

class RefreshQueue {
 public:
  RefreshQueue(const DramConfig& config, const TimingTable& timing);

  /// Cycle of the next refresh that is not pending yet.
  Cycle next_due() const { return next_due_; }
  /// Moves what is due at `now` to pending. `idle(bank)` tells whether no request waits for a bank.
  template <class Idle>
  void advance(Cycle now, const Device& device, Idle&& idle);
  const std::deque<RefreshDue>& pending() const { return pending_; }
  bool blocks_channel() const { return !pending_.empty() && blocking_ == RefreshBlocking::channel; }
  bool blocks(int sub, int bank) const;
  /// Earliest next command of the pending refreshes from `floor` on, of several the first in order of falling
  /// due. `held(sub, bank)`: an activate's access is still to come.
  template <class Held>
  RefreshCommand next(const Device& device, Cycle floor, Held&& held) const;
  void done(std::size_t due) { pending_.erase(pending_.begin() + static_cast<std::ptrdiff_t>(due)); }
  /// New intervals from `now` (temperature or operating point).
  void set_timing(Cycle now, const TimingTable& timing);
  /// The clock changes by `ratio` at cycle `ready`, from which cycles count on; none is due before that.
  void change_clock(Cycle ready, double ratio, const TimingTable& timing);
  /// Cycles after which the same refreshes come again in an idle channel.
  Cycle rotation() const { return interval_ * per_rotation_; }
  bool per_bank() const { return policy_ == RefreshPolicy::per_bank; }
  /// Commands of a rotation.
  std::uint64_t rotation_commands() const { return due_.size() * static_cast<std::uint64_t>(per_rotation_); }
  /// Whole rotations were done elsewhere, or the memory refreshed itself for so long.
  void postpone(Cycle by);

 private:
  /// Takes intervals and policy of `timing`; true if other commands are due than before.
  bool take(const TimingTable& timing);
  /// The first refreshes fall due within an interval after `from`.
  void begin(Cycle from);
  void find_next();
  template <class Idle>
  int choose_bank(std::size_t manager, const Device& device, Idle&& idle);

  RefreshPolicy policy_;
  RefreshBlocking blocking_;
  RefreshChoice choice_;
  bool precharge_all_;
  bool spread_;
  bool channel_rotation_ = false;  ///< per-bank refresh walks over all banks of the channel
  int subs_, banks_per_sub_;
  int per_rotation_ = 1;  ///< refreshes of a manager until it begins again
  Cycle interval_ = kNeverCycle;
  std::vector<Cycle> due_;                   ///< by sub-channel, or one for the channel
  std::vector<std::vector<int>> remaining_;  ///< banks still to be refreshed in this round
  Cycle next_due_ = kNeverCycle;
  std::deque<RefreshDue> pending_;
};

template <class Idle>
int RefreshQueue::choose_bank(std::size_t manager, const Device& device, Idle&& idle) {
  auto& left = remaining_[manager];
  if (left.empty()) {
    const int first = channel_rotation_ ? 0 : static_cast<int>(manager) * banks_per_sub_;
    const int end = channel_rotation_ ? device.banks() : first + banks_per_sub_;
    for (int bank = first; bank < end; ++bank) left.push_back(bank);
  }
  auto chosen = left.begin();
  if (choice_ == RefreshChoice::idle_first) {
    const auto found = std::find_if(left.begin(), left.end(), idle);
    if (found != left.end()) chosen = found;
  }
  const int bank = *chosen;
  left.erase(chosen);
  return bank;
}

template <class Idle>
void RefreshQueue::advance(Cycle now, const Device& device, Idle&& idle) {
  if (now < next_due_) return;
  for (std::size_t i = 0; i < due_.size(); ++i)
    while (due_[i] <= now) {
      due_[i] += interval_;
      if (policy_ == RefreshPolicy::per_bank) {
        const int bank = choose_bank(i, device, idle);
        pending_.push_back({device.sub_of(bank), bank});
      } else {
        pending_.push_back({static_cast<int>(i), -1});
      }
    }
  find_next();
}

template <class Held>
RefreshCommand RefreshQueue::next(const Device& device, Cycle floor, Held&& held) const {
  RefreshCommand best;
  const std::size_t considered =
      blocking_ == RefreshBlocking::channel ? std::min<std::size_t>(1, pending_.size()) : pending_.size();
  const auto offer = [&](Cycle at, Command command, int bank, std::size_t due) {
    if (std::max(at, floor) < best.at) best = {std::max(at, floor), command, bank, due};
  };
  for (std::size_t i = 0; i < considered; ++i) {
    const RefreshDue& due = pending_[i];
    if (due.bank >= 0) {
      const bool open = device.bank(due.bank).row != kClosed;
      if (!open) offer(device.refresh_bank_at(due.bank), Command::refresh_bank, due.bank, i);
      if (open && !held(due.sub, due.bank))
        offer(device.precharge_at(due.bank), Command::precharge, due.bank, i);
    } else if (device.open_banks(due.sub) == 0) {
      offer(device.refresh_all_at(due.sub), Command::refresh_all, -1, i);
    } else if (precharge_all_) {
      if (!held(due.sub, -1)) offer(device.precharge_all_at(due.sub), Command::precharge_all, -1, i);
    } else {
      for (int bank = due.sub * banks_per_sub_; bank < (due.sub + 1) * banks_per_sub_; ++bank)
        if (device.bank(bank).row != kClosed && !held(due.sub, bank))
          offer(device.precharge_at(bank), Command::precharge, bank, i);
    }
  }
  return best;
}

}  // namespace kiln::dram
