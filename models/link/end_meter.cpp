// SPDX-License-Identifier: MIT
#include "link/end_meter.h"

#include <algorithm>

#include "base/error.h"

namespace kiln::link {

namespace {

double bits(const Transfer& transfer) {
  return 8 * transfer.wire_bytes;
}

}  // namespace

EndEnergy& EndEnergy::operator+=(const EndEnergy& other) {
  wake_j += other.wake_j;
  busy_j += other.busy_j;
  transmit_j += other.transmit_j;
  receive_j += other.receive_j;
  tail_j += other.tail_j;
  idle_j += other.idle_j;
  return *this;
}

EndEnergy energy_of_sending(const EndPowerConfig& power, const Transfer& transfer) {
  EndEnergy energy;
  energy.transmit_j = power.transmit_w * transfer.air_s + power.transmit_j_per_bit * bits(transfer);
  energy.receive_j = power.receive_w * (transfer.gap_s + transfer.acknowledgement_s);
  return energy;
}

EndEnergy energy_of_receiving(const EndPowerConfig& power, const Transfer& transfer) {
  EndEnergy energy;
  energy.transmit_j = power.transmit_w * transfer.acknowledgement_s;
  energy.receive_j =
      power.receive_w * (transfer.air_s + transfer.gap_s) + power.receive_j_per_bit * bits(transfer);
  return energy;
}

double EndMeter::wake_s(double begin_s) const {
  bool active = was_active_;
  double until_s = active_until_s_;
  for (const Stretch& stretch : ahead_) {
    if (stretch.begin_s > begin_s) break;
    active = true;
    until_s = std::max(until_s, stretch.end_s);
  }
  return active && begin_s - until_s <= power_.tail_s ? 0 : power_.wake_s;
}

void EndMeter::book(double begin_s, double end_s, const EndEnergy& energy) {
  energy_ += energy;
  const auto at = std::upper_bound(ahead_.begin(), ahead_.end(), begin_s,
                                   [](double begin, const Stretch& other) { return begin < other.begin_s; });
  ahead_.insert(at, {begin_s, end_s});
  if (followed_) open_.push_back({begin_s, end_s, energy.total_j()});
}

/// Without work for `gap_s`: tail, then idle. An end that would have to wake up before it slept stays awake.
void EndMeter::rest(double gap_s, bool wakes_up) {
  const double tail_s = was_active_ ? power_.tail_s : 0;
  const double wake_s = wakes_up ? power_.wake_s : 0;
  if (was_active_ && gap_s <= tail_s + wake_s) {
    tail_s_ += gap_s;
    energy_.tail_j += power_.tail_w * gap_s;
    return;
  }
  const double waking_s = std::min(wake_s, gap_s);
  const double idle_s = std::max(0.0, gap_s - tail_s - waking_s);
  tail_s_ += tail_s;
  waking_s_ += waking_s;
  idle_s_ += idle_s;
  energy_.tail_j += power_.tail_w * tail_s;
  energy_.wake_j += power_.wake_w * waking_s;
  energy_.idle_j += power_.idle_w * idle_s;
}

void EndMeter::pass(const Stretch& stretch) {
  if (stretch.begin_s > active_until_s_) {
    rest(stretch.begin_s - active_until_s_, true);
    active_until_s_ = stretch.begin_s;
  }
  was_active_ = true;
  const double more_s = std::max(0.0, stretch.end_s - active_until_s_);
  busy_s_ += more_s;
  energy_.busy_j += power_.busy_w * more_s;
  active_until_s_ = std::max(active_until_s_, stretch.end_s);
}

double EndMeter::drawn_j(double now_s) const {
  EndMeter then = *this;
  then.settle(now_s);
  if (now_s > then.active_until_s_) then.rest(now_s - then.active_until_s_, false);
  double joules = then.energy_.total_j() - power_.busy_w * std::max(0.0, then.active_until_s_ - now_s);
  for (const Open& open : then.open_)
    joules -= open.joules * std::min(1.0, (open.end_s - now_s) / (open.end_s - open.begin_s));
  return joules;
}

void EndMeter::settle(double now_s) {
  std::erase_if(open_, [now_s](const Open& open) { return open.end_s <= now_s; });
  std::size_t passed = 0;
  while (passed < ahead_.size() && ahead_[passed].begin_s <= now_s) pass(ahead_[passed++]);
  ahead_.erase(ahead_.begin(), ahead_.begin() + static_cast<std::ptrdiff_t>(passed));
}

void EndMeter::finish(double now_s) {
  while (!ahead_.empty()) settle(ahead_.back().begin_s);
  if (now_s <= active_until_s_) return;
  rest(now_s - active_until_s_, false);
  active_until_s_ = now_s;
}

Account account_of(const Link& link, const Packets& packets, Direction direction) {
  const LinkConfig& config = link.config();
  const EndPowerConfig& power = config.power;
  Account account;
  account.transfer = link.expected(packets, direction);
  const Transfer& t = account.transfer;
  account.sender = energy_of_sending(power, t);
  account.receiver = energy_of_receiving(power, t);
  if (t.packets == 0) return account;
  account.waiting_s = time_under_duty(config.duty, t.air_s) - t.air_s;
  account.time_s = power.wake_s + config.latency_s + t.busy_s() + account.waiting_s;
  for (EndEnergy* end : {&account.sender, &account.receiver}) {
    end->wake_j = power.wake_w * power.wake_s;
    end->busy_j = power.busy_w * t.busy_s();
    end->tail_j = power.tail_w * power.tail_s;
    end->idle_j = power.idle_w * account.waiting_s;
  }
  return account;
}

Account account_of_every(const Link& link, const Packets& packets, Direction direction, double interval_s) {
  const EndPowerConfig& power = link.config().power;
  Account account = account_of(link, packets, direction);
  const double air_share = account.transfer.air_s / interval_s;
  const double awake_s = account.transfer.busy_s() + account.waiting_s;
  if (awake_s > interval_s || air_share > link.config().duty.limit)
    throw base::ConfigError(
        {}, "every",
        fmt::format("a transfer takes {:.4g} s of sending and waiting, more than {:.4g} s; send fewer bytes "
                    "or less often",
                    awake_s, interval_s));
  const double gap_s = interval_s - awake_s;
  const bool sleeps = gap_s > power.tail_s + power.wake_s;
  for (EndEnergy* end : {&account.sender, &account.receiver}) {
    end->wake_j = sleeps ? power.wake_w * power.wake_s : 0;
    end->tail_j = power.tail_w * (sleeps ? power.tail_s : gap_s);
    end->idle_j = power.idle_w * (account.waiting_s + (sleeps ? gap_s - power.tail_s - power.wake_s : 0));
  }
  if (!sleeps) account.time_s -= power.wake_s;
  return account;
}

}  // namespace kiln::link
