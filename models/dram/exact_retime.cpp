// SPDX-License-Identifier: MIT
// A change of the clock of an exact channel: JEDEC allows none while rows are open or data is under way.
#include "dram/exact_channel.h"

namespace kiln::dram {

Cycle ExactChannel::quiesce() {
  wake_up();
  held_ = true;
  forget_all();
  const bool in_turn = config_.controller.arbitration == Arbitration::round_robin;
  while (!in_turn && (owned() || act2_.due())) step(kNeverCycle);
  Cycle quiet = std::max(close_rows(now_), column_free_);
  for (int sub = 0; sub < device_.subs(); ++sub) quiet = std::max(quiet, device_.refresh_all_at(sub));
  return std::max(quiet, idle_since_ + std::max(timing_.read_data_end, timing_.write_data_end));
}

void ExactChannel::resume(Cycle ready, double clock_hz, double refresh_rate) {
  const CommandCounts until = counts(ready);
  counts_.active_standby_s = until.active_standby_s;
  counts_.power_down_s = until.power_down_s;
  counts_.self_refresh_s = until.self_refresh_s;
  device_.forget_active_cycles();
  power_down_cycles_ = self_refresh_cycles_ = 0;

  timing_ = resolve(config_, clock_hz, refresh_rate);
  device_.set_timing(timing_);
  refresh_.change_clock(ready, clock_hz / clock_hz_, timing_);
  patrol_.restart(ready, clock_hz);
  clock_hz_ = clock_hz;
  go_to(ready);
  rest_since_ = kNeverCycle;
  held_ = false;
  for (int bank = 0; bank < device_.banks(); ++bank) update_bank(bank);
  forget_all();
}

}  // namespace kiln::dram
