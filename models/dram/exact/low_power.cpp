// SPDX-License-Identifier: MIT
#include "dram/exact/low_power.h"

#include <algorithm>

namespace kiln::dram {

/// All banks can be closed, or are and have ended their precharge or refresh.
Cycle LowPower::quiet_at() const {
  const Device& device = state_.device;
  Cycle at = state_.buses.all_free();
  for (int sub = 0; sub < device.subs(); ++sub)
    at = std::max(at, device.open_banks(sub) > 0 ? device.precharge_all_at(sub) : device.refresh_all_at(sub));
  return at;
}

Cycle LowPower::next() const {
  const PowerStatesConfig& states = state_.config.power_states;
  if (!states.enabled || sleep_ == Sleep::self_refresh || !state_.drained() ||
      !state_.refresh.pending().empty())
    return kNeverCycle;
  const TimingTable& timing = state_.timing();
  const Cycle idle = std::max({Cycle{states.power_down_after}, timing.read_data_end, timing.write_data_end});
  const Cycle idle_since = issuer_.last_access();
  if (sleep_ == Sleep::none) return std::max({state_.buses.now(), idle_since + idle, quiet_at()});
  // JESD79-4 4.27: at least one refresh between two self-refreshes.
  if (state_.record.refreshes() < refreshes_wanted_) return kNeverCycle;
  return std::max(idle_since + states.self_refresh_after, since_ + timing.least_power_down);
}

void LowPower::power_down() {
  const Cycle at = issuer_.close_rows(state_.buses.now());
  for (int sub = 0; sub < state_.device.subs(); ++sub) {
    state_.record.emit(at, Command::power_down_enter, sub, -1);
    ++state_.record.counts.power_down_entries;
  }
  sleep_ = Sleep::power_down;
  since_ = at;
}

/// Self-refresh is entered from idle, so power-down ends first.
void LowPower::self_refresh() {
  const Cycle leave = state_.buses.now();
  const int subs = state_.device.subs();
  Cycle enter = leave + state_.timing().power_down_exit;
  for (int sub = 0; sub < subs; ++sub) enter = std::max(enter, state_.device.refresh_all_at(sub));
  for (int sub = 0; sub < subs; ++sub) {
    state_.record.emit(leave, Command::power_down_exit, sub, -1);
    state_.record.emit(enter, Command::self_refresh_enter, sub, -1);
    power_down_cycles_ += leave - since_;
    ++state_.record.counts.self_refresh_entries;
  }
  sleep_ = Sleep::self_refresh;
  since_ = enter;
}

void LowPower::leave() {
  const bool deep = refreshes_itself();
  const TimingTable& timing = state_.timing();
  const Cycle leave = std::max(state_.buses.now(), since_ + timing.least_power_down);
  for (int sub = 0; sub < state_.device.subs(); ++sub) {
    state_.record.emit(leave, deep ? Command::self_refresh_exit : Command::power_down_exit, sub, -1);
    (deep ? self_refresh_cycles_ : power_down_cycles_) += leave - since_;
    state_.device.hold(sub, leave + (deep ? timing.self_refresh_exit : timing.power_down_exit));
  }
  if (deep) {
    state_.refresh.postpone(leave - since_);
    refreshes_wanted_ = state_.record.refreshes() + 1;
  }
  scheduler_.banks_changed(0, state_.device.banks());
  sleep_ = Sleep::none;
}

Cycle LowPower::slept(Sleep sleep, Cycle done, Cycle now) const {
  if (sleep_ != sleep) return done;
  return done + std::max<Cycle>(now - since_, 0) * state_.device.subs();
}

}  // namespace kiln::dram
