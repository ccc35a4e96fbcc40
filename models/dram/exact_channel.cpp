// SPDX-License-Identifier: MIT
#include "dram/exact_channel.h"

#include <algorithm>

namespace kiln::dram {

ExactChannel::ExactChannel(const DramConfig& config)
    : ExactChannel(config, resolve(config, config.clock_hz, config.refresh.rate)) {}

ExactChannel::ExactChannel(const DramConfig& config, const TimingTable& timing, double clock_hz)
    : state_(config, timing, clock_hz),
      scheduler_(make_scheduler(state_)),
      issuer_(state_, *scheduler_),
      upkeep_(state_, *scheduler_, issuer_),
      admission_(state_, *scheduler_, upkeep_),
      progress_(state_, *scheduler_) {}

Cycle ExactChannel::step(Cycle limit) {
  state_.ledger.pass(now());
  for (;;) {
    admission_.admit_patrol();
    const Cycle patrol = state_.patrol.due();
    const Cycle until = patrol > now() ? std::min(limit, patrol) : limit;
    const Cycle at = serve_next(until);
    if (at != kNeverCycle || until == limit) return at;
  }
}

Cycle ExactChannel::serve_next(Cycle limit) {
  CommandBuses& buses = state_.buses;
  for (;;) {
    progress_.check(limit);
    const Cycle at = std::min(scheduler_->next(), move_at());
    if (upkeep_.begin_due(std::min(at, limit))) continue;  // takes part in this cycle's decision
    if (at > limit) {
      buses.go_to(std::max(buses.now(), limit));
      if (scheduler_->closes_idle_cycles()) buses.done_with(buses.now());
      return kNeverCycle;
    }
    if (at == kNeverCycle) progress_.fail_starved();  // nor would anything happen later
    buses.go_to(at);
    buses.done_with(scheduler_->serve(at, issuer_));
    if (move_at() == at) move();
    return at;
  }
}

void ExactChannel::move() {
  const std::int32_t slot = state_.front.move(state_.queues, state_.device, now());
  if (slot != kNone) scheduler_->queued(slot);
}

CommandCounts ExactChannel::counts(Cycle now) const {
  CommandCounts all = state_.record.counts;
  const double cycle_s = 1.0 / state_.clock_hz;
  const Device& device = state_.device;
  for (int sub = 0; sub < device.subs(); ++sub)
    all.active_standby_s += static_cast<double>(device.active_cycles(sub, now)) * cycle_s;
  const LowPower& low_power = upkeep_.low_power();
  all.power_down_s += static_cast<double>(low_power.power_down_cycles(now)) * cycle_s;
  all.self_refresh_s += static_cast<double>(low_power.self_refresh_cycles(now)) * cycle_s;
  all.row_hits = all.accesses() - std::min(all.accesses(), all.activates);
  const auto bytes = static_cast<std::uint64_t>(state_.config.organisation.access_bytes);
  all.bytes_read = all.reads * bytes;
  all.bytes_written = all.writes * bytes;
  return all;
}

void ExactChannel::set_refresh_rate(double rate) {
  const TimingTable timing = resolve(state_.config, state_.clock_hz, rate);
  state_.device.set_timing(timing);
  state_.refresh.set_timing(now(), timing);
  upkeep_.disturb();
}

Cycle ExactChannel::quiesce() {
  upkeep_.wake();
  scheduler_->hold(true);
  while (!state_.activated.empty() || state_.activated.second_step_due()) step(kNeverCycle);
  Cycle quiet = std::max(issuer_.close_rows(now()), state_.buses.column_free());
  for (int sub = 0; sub < state_.device.subs(); ++sub)
    quiet = std::max(quiet, state_.device.refresh_all_at(sub));
  return std::max(quiet, issuer_.last_access() + std::max(timing().read_data_end, timing().write_data_end));
}

void ExactChannel::resume(Cycle ready, double clock_hz, double refresh_rate) {
  const CommandCounts until = counts(ready);
  CommandCounts& counts = state_.record.counts;
  counts.active_standby_s = until.active_standby_s;
  counts.power_down_s = until.power_down_s;
  counts.self_refresh_s = until.self_refresh_s;
  state_.device.forget_active_cycles();
  upkeep_.low_power().forget_cycles();

  const TimingTable timing = resolve(state_.config, clock_hz, refresh_rate);
  state_.device.set_timing(timing);
  state_.refresh.change_clock(ready, clock_hz / state_.clock_hz, timing);
  state_.patrol.restart(ready, clock_hz);
  state_.clock_hz = clock_hz;
  state_.buses.go_to(ready);
  upkeep_.disturb();
  scheduler_->hold(false);
  scheduler_->banks_changed(0, state_.device.banks());
}

}  // namespace kiln::dram
