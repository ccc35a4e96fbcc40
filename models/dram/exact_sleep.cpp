// SPDX-License-Identifier: MIT
// Power-down and self-refresh of an exact channel: its ranks and pseudo-channels share the clock enable
// (JESD235 3.1: one CKE per channel) and sleep together.
#include "dram/exact_channel.h"

namespace kiln::dram {

/// All banks can be closed, or are and have ended their precharge or refresh.
Cycle ExactChannel::quiet_at() const {
  Cycle at = std::max(row_free_, column_free_);
  for (int sub = 0; sub < device_.subs(); ++sub)
    at = std::max(at,
                  device_.open_banks(sub) > 0 ? device_.precharge_all_at(sub) : device_.refresh_all_at(sub));
  return at;
}

Cycle ExactChannel::next_sleep() const {
  const PowerStatesConfig& states = config_.power_states;
  if (!states.enabled || sleep_ == Sleep::self_refresh || !drained() || !refresh_.pending().empty())
    return kNeverCycle;
  const Cycle idle =
      std::max({Cycle{states.power_down_after}, timing_.read_data_end, timing_.write_data_end});
  if (sleep_ == Sleep::none) return std::max({now_, idle_since_ + idle, quiet_at()});
  // JESD79-4 4.27: at least one refresh between two self-refreshes.
  if (!refreshed_) return kNeverCycle;
  return std::max(idle_since_ + states.self_refresh_after, sleep_since_ + timing_.least_power_down);
}

bool ExactChannel::begin_next(Cycle until) {
  skip_rotations(until);
  const Cycle refresh = sleep_ == Sleep::self_refresh ? kNeverCycle : refresh_.next_due();
  const Cycle sleep = next_sleep();
  if (sleep <= until && sleep < refresh) {
    go_to(std::max(now_, sleep));
    sleep_ == Sleep::none ? power_down() : refresh_itself();
    return true;
  }
  if (refresh > until) return false;
  go_to(std::max(now_, refresh));
  wake_up();
  const bool none_waits = refresh_.pending().empty();
  advance_refresh();
  const bool rests = none_waits && now_ == refresh && only_refreshes() && refreshes_start_now();
  rest_since_ = rests ? std::min(rest_since_, refresh) : kNeverCycle;
  return true;
}

void ExactChannel::power_down() {
  const Cycle at = close_rows(now_);
  for (int sub = 0; sub < device_.subs(); ++sub) {
    emit(at, Command::power_down_enter, sub, -1);
    ++counts_.power_down_entries;
  }
  sleep_ = Sleep::power_down;
  sleep_since_ = at;
}

Cycle ExactChannel::close_rows(Cycle at) {
  for (int sub = 0; sub < device_.subs(); ++sub) {
    if (device_.open_banks(sub) == 0) continue;
    at = std::max(at, device_.precharge_all_at(sub));
    device_.precharge_all(sub, at);
    ++counts_.precharges_all;
    emit(at, Command::precharge_all, sub, -1);
    at += timing_.precharge_length;
  }
  row_free_ = std::max(row_free_, at);
  for (int bank = 0; bank < device_.banks(); ++bank) {
    queues_.row_changed(bank, kClosed);
    update_bank(bank);
  }
  forget_all();
  return at;
}

/// Self-refresh is entered from idle, so power-down ends first.
void ExactChannel::refresh_itself() {
  const Cycle since = sleep_since_, leave = now_;
  Cycle enter = leave + timing_.power_down_exit;
  for (int sub = 0; sub < device_.subs(); ++sub) enter = std::max(enter, device_.refresh_all_at(sub));
  for (int sub = 0; sub < device_.subs(); ++sub) {
    emit(leave, Command::power_down_exit, sub, -1);
    emit(enter, Command::self_refresh_enter, sub, -1);
    power_down_cycles_ += leave - since;
    ++counts_.self_refresh_entries;
  }
  sleep_ = Sleep::self_refresh;
  sleep_since_ = enter;
}

void ExactChannel::wake_up() {
  if (sleep_ == Sleep::none) return;
  const bool deep = sleep_ == Sleep::self_refresh;
  const Cycle leave = std::max(now_, sleep_since_ + timing_.least_power_down);
  for (int sub = 0; sub < device_.subs(); ++sub) {
    emit(leave, deep ? Command::self_refresh_exit : Command::power_down_exit, sub, -1);
    (deep ? self_refresh_cycles_ : power_down_cycles_) += leave - sleep_since_;
    device_.hold(sub, leave + (deep ? timing_.self_refresh_exit : timing_.power_down_exit));
  }
  if (deep) {
    refresh_.postpone(leave - sleep_since_);
    refreshed_ = false;
  }
  for (int bank = 0; bank < device_.banks(); ++bank) update_bank(bank);
  forget_all();
  sleep_ = Sleep::none;
}

/// Up to `now`, with what a sleep that still lasts has come to.
Cycle ExactChannel::slept(Sleep state, Cycle now) const {
  const Cycle done = state == Sleep::power_down ? power_down_cycles_ : self_refresh_cycles_;
  if (sleep_ != state) return done;
  return done + std::max<Cycle>(now - sleep_since_, 0) * device_.subs();
}

}  // namespace kiln::dram
