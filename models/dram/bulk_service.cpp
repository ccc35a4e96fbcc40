// SPDX-License-Identifier: MIT
#include "dram/bulk_service.h"

#include <algorithm>
#include <bit>

namespace kiln::dram {

SubChannelService::SubChannelService(const DramConfig& config, int index, const TimingTable& timing)
    : config_(&config), check_share_(inline_share(config.ecc)) {
  const OrganisationConfig& o = config.organisation;
  banks_.resize(static_cast<std::size_t>(o.bank_groups * o.banks_per_group));
  group_free_.assign(static_cast<std::size_t>(o.bank_groups), kLongAgo);
  group_write_.assign(static_cast<std::size_t>(o.bank_groups), kLongAgo);
  last_access_ = kLongAgo;
  const int subs = o.pseudo_channels * o.ranks;
  const Cycle interval = refresh_interval(timing);
  next_refresh_ = config.refresh.start == RefreshStart::spread ? interval * (index + 1) / subs : interval;
}

Cycle SubChannelService::refresh_interval(const TimingTable& timing) const {
  switch (timing.refresh_policy) {
    case RefreshPolicy::none:
      return Cycle{1} << 60;
    case RefreshPolicy::all_bank:
      return timing.refresh_interval;
    case RefreshPolicy::per_bank:
      return timing.refresh_bank_interval;
  }
  return timing.refresh_interval;
}

Cycle SubChannelService::next_access(bool write, const TimingTable& timing) const {
  const Cycle free = std::max(bus_, blocked_until_);
  if (write == last_write_) return free;
  return std::max(free, last_access_ + (write ? timing.read_to_write : timing.write_to_read));
}

Cycle SubChannelService::row_ready(std::uint32_t bank, std::int64_t row, bool write, Cycle enter,
                                   const TimingTable& timing) const {
  const Bank& b = banks_[bank];
  if (b.row == row) return b.access_ok;
  const Cycle closed = b.row >= 0 ? std::max(enter, b.pre_ok) + timing.pre_to_act : enter;
  return std::max(closed, b.act_ok) + (write ? timing.act_to_write : timing.act_to_read);
}

void SubChannelService::close(Bank& bank, Cycle at) {
  if (bank.row < 0) return;
  bank.row = -1;
  if (--open_banks_ == 0) active_cycles_ += std::max<Cycle>(at - open_since_, 0);
}

void SubChannelService::close_all(Cycle at) {
  for (Bank& bank : banks_) close(bank, at);
}

void SubChannelService::refresh_all(const TimingTable& timing, CommandCounts& counts) {
  Cycle at = next_refresh_;
  if (open_banks_ > 0) {
    for (const Bank& bank : banks_)
      if (bank.row >= 0) at = std::max(at, bank.pre_ok);
    counts.precharges += static_cast<std::uint64_t>(open_banks_ + opened_ahead_);
    counts.activates += static_cast<std::uint64_t>(opened_ahead_);  // closed again unused
    opened_ahead_ = 0;
    close_all(at);
    at += timing.pre_all_to_refresh;
  } else {
    for (const Bank& bank : banks_)
      at = std::max(at, bank.act_ok - timing.pre_to_act + timing.pre_to_refresh);
  }
  ++counts.refreshes_all_bank;
  for (Bank& bank : banks_) bank.act_ok = at + timing.refresh_to_act;
  next_refresh_ += timing.refresh_interval;
}

/// The first of them that is free when the refresh is due: refreshes that take longer than from one to the
/// next must not pile up on one bank.
std::optional<std::size_t> SubChannelService::free_bank_of(std::uint64_t banks,
                                                           const TimingTable& timing) const {
  for (; banks != 0; banks &= banks - 1) {
    const auto bank = static_cast<std::size_t>(std::countr_zero(banks));
    if (banks_[bank].act_ok - timing.pre_to_act <= next_refresh_) return bank;
  }
  return {};
}

std::size_t SubChannelService::next_bank_to_refresh(const TimingTable& timing) {
  if (unrefreshed_ == 0) unrefreshed_ = ~std::uint64_t{0} >> (64 - banks_.size());
  std::size_t chosen = static_cast<std::size_t>(std::countr_zero(unrefreshed_));
  const std::uint64_t first = std::uint64_t{1} << chosen;
  const std::uint64_t idle = ~std::uint64_t{0} >> (64 - banks_.size()) & ~queued_;
  if (config_->refresh.choice == RefreshChoice::idle_first && (unrefreshed_ & idle) != 0)
    chosen = static_cast<std::size_t>(std::countr_zero(unrefreshed_ & idle));
  // While a bank that is waited for is refreshed, the queue keeps its requests and others fill the bus: that
  // costs no more than the refresh of an idle bank, which is counted in its place if one is free.
  else if (config_->refresh.blocking == RefreshBlocking::target)
    if (const std::optional<std::size_t> free = free_bank_of(idle, timing))
      return unrefreshed_ &= ~first, *free;
  unrefreshed_ &= ~(std::uint64_t{1} << chosen);
  return chosen;
}

void SubChannelService::refresh_bank(const TimingTable& timing, CommandCounts& counts) {
  Bank& bank = banks_[next_bank_to_refresh(timing)];
  Cycle at = std::max(next_refresh_, bank.act_ok - timing.pre_to_act);
  if (bank.row >= 0) {
    at = std::max(at, bank.pre_ok);
    ++counts.precharges;
    close(bank, at);
    at += timing.pre_to_refresh;
  }
  ++counts.refreshes_per_bank;
  bank.act_ok = at + timing.refresh_bank_to_act;
  refreshed_at_ = at;
  if (config_->refresh.blocking == RefreshBlocking::channel) blocked_until_ = at + 1;
  next_refresh_ += timing.refresh_bank_interval;
}

void SubChannelService::refresh_before(Cycle start, const TimingTable& timing, CommandCounts& counts) {
  while (next_refresh_ <= start) {
    const Cycle interval = refresh_interval(timing);
    if (timing.refresh_policy == RefreshPolicy::all_bank) {
      refresh_all(timing, counts);
      // The rest of a long idle time: one refresh per interval on closed banks, in closed form.
      const Cycle more = (start - next_refresh_) / interval - 1;
      if (more > 0) {
        counts.refreshes_all_bank += static_cast<std::uint64_t>(more);
        next_refresh_ += more * interval;
        const Cycle ready = next_refresh_ - interval + timing.refresh_to_act;
        for (Bank& bank : banks_) bank.act_ok = std::max(bank.act_ok, ready);
      }
    } else {
      refresh_bank(timing, counts);
    }
  }
}

void SubChannelService::idle_until(Cycle now, const TimingTable& timing, CommandCounts& counts) {
  const PowerStatesConfig& states = config_->power_states;
  const Cycle down_at = bus_ + states.power_down_after, self_at = bus_ + states.self_refresh_after;
  if (low_power_ == LowPower::none && now > down_at + timing.least_power_down) {
    refresh_before(down_at, timing, counts);
    counts.precharges += static_cast<std::uint64_t>(open_banks_);
    close_all(down_at);
    ++counts.power_down_entries;
    low_power_ = LowPower::power_down;
    low_power_since_ = down_at;
  }
  if (low_power_ == LowPower::power_down) {
    const Cycle until = std::min(now, self_at);
    refresh_before(until, timing, counts);  // each needs a short exit, whose time is left out
    power_down_cycles_ += std::max<Cycle>(until - low_power_since_, 0);
    low_power_since_ = std::max(until, low_power_since_);
    if (now > self_at) {
      low_power_ = LowPower::self_refresh;
      ++counts.self_refresh_entries;
    }
  }
  if (low_power_ == LowPower::self_refresh) {
    self_refresh_cycles_ += std::max<Cycle>(now - low_power_since_, 0);
    low_power_since_ = std::max(now, low_power_since_);
  }
}

Cycle SubChannelService::wake(Cycle start, const TimingTable& timing, CommandCounts& counts) {
  if (!config_->power_states.enabled) return start;
  idle_until(start, timing, counts);
  const LowPower from = low_power_;
  low_power_ = LowPower::none;
  switch (from) {
    case LowPower::none:
      return start;
    case LowPower::power_down:
      return start + timing.power_down_exit;
    case LowPower::self_refresh:
      next_refresh_ = start + refresh_interval(timing);
      return start + timing.self_refresh_exit;
  }
  return start;
}

Cycle SubChannelService::open(const BankWork& work, std::int64_t row, bool write, Cycle enter,
                              const TimingTable& timing, CommandCounts& counts) {
  Bank& bank = banks_[work.bank];
  const bool timed_out = config_->controller.page == PagePolicy::timeout && bank.row >= 0 &&
                         enter - bank.access_ok > config_->controller.page_timeout &&
                         enter - bus_ > config_->controller.page_timeout;
  if (bank.row == row && !timed_out) return bank.access_ok;
  Cycle at = std::max({enter, work.slot, bank.act_ok});
  if (bank.row >= 0) {
    const Cycle pre = timed_out ? std::max(bank.pre_ok, bus_ + config_->controller.page_timeout)
                                : std::max({enter, work.slot, bank.pre_ok});
    ++counts.precharges;
    close(bank, pre);
    at = std::max(at, pre + timing.pre_to_act);
  }
  // Rows are opened ahead of the bus: an activate may be earlier than a refresh that was served before it.
  const Cycle held_until = refreshed_at_ + timing.refresh_bank_to_other_act;
  if (at >= refreshed_at_ && at < held_until) at = held_until;
  at = activates_.take(at, timing);
  ++counts.activates;
  if (open_banks_++ == 0) open_since_ = at;
  bank.row = row;
  bank.act_ok = at + timing.act_to_act_bank;
  bank.pre_ok = at + timing.act_to_pre;
  bank.access_ok = at + (write ? timing.act_to_write : timing.act_to_read);
  return bank.access_ok;
}

ServiceTimes SubChannelService::access(std::span<const Piece> pieces, bool write, Cycle begin,
                                       const TimingTable& timing, CommandCounts& counts) {
  const Cycle near = write ? timing.write_to_write : timing.read_to_read;
  const Cycle same = write ? timing.write_to_write_group : timing.read_to_read_group;
  Cycle total = 0, last = begin, start = Cycle{1} << 60;
  for (const Piece& piece : pieces) {
    const Cycle accesses = piece.work.accesses;
    Cycle& group = group_free_[piece.work.group];
    const Cycle write_gap = write ? kLongAgo : group_write_[piece.work.group] + timing.write_to_read_group;
    const Cycle first = std::max({begin, piece.ready, group, write_gap});
    group = first + accesses * same;
    start = std::min(start, first);
    last = std::max(last, first + (accesses - 1) * same);
    total += accesses;
  }
  // Check bits of inline ECC lie in the row of their data: each access of them is one more in the same group.
  checks_owed_ += check_share_ * static_cast<double>(total);
  const auto checks = static_cast<Cycle>(checks_owed_);
  checks_owed_ -= static_cast<double>(checks);
  counts.check_accesses += static_cast<std::uint64_t>(checks);
  last = std::max(last, begin + (total - 1) * near) + checks * same;
  bus_ = begin + total * near + checks * same;
  const Cycle to_pre = write ? timing.write_to_pre : timing.read_to_pre;
  for (const Piece& piece : pieces) {
    Bank& bank = banks_[piece.work.bank];
    bank.pre_ok = std::max(bank.pre_ok, last + to_pre);
    if (write) group_write_[piece.work.group] = last;
  }
  last_access_ = last;
  last_write_ = write;
  return {start, last};
}

void SubChannelService::cut(Cycle now, Cycle left) {
  early_.clear();
  Cycle given = 0, seen = 0;
  for (Piece& piece : pieces_) {
    seen += piece.work.accesses;
    const Cycle share = seen * now / left - given;
    if (share == 0) continue;
    early_.push_back(piece);
    early_.back().work.accesses = static_cast<std::uint32_t>(share);
    piece.work.accesses -= static_cast<std::uint32_t>(share);
    given += share;
  }
  std::erase_if(pieces_, [](const Piece& piece) { return piece.work.accesses == 0; });
}

/// Of all pieces; returns how many were closed.
Cycle SubChannelService::open_rows(std::int64_t row, bool write, Cycle enter, const TimingTable& timing,
                                   CommandCounts& counts) {
  Cycle misses = 0;
  for (Piece& piece : pieces_) {
    misses += hits(piece.work.bank, row) ? 0 : 1;
    piece.ready = open(piece.work, row, write, enter, timing, counts);
  }
  return misses;
}

ServiceTimes SubChannelService::serve(std::span<const BankWork> work, std::int64_t row, bool write,
                                      const ServiceLimits& limits, const TimingTable& timing,
                                      CommandCounts& counts) {
  pieces_.clear();
  Cycle left = 0;
  for (const BankWork& item : work) {
    pieces_.push_back({item, 0});
    left += item.accesses;
  }
  const Cycle near = write ? timing.write_to_write : timing.read_to_read;
  ServiceTimes times{};
  Cycle enter = limits.enter;
  for (bool first_part = true; left > 0; first_part = false) {
    enter = std::max(enter, wake(enter, timing, counts));
    const Cycle free = std::max({enter, limits.data_first, next_access(write, timing)});
    // Rows are opened while the bus is busy, so before refreshes of other banks that fall due until it is
    // free.
    const bool others = timing.refresh_policy == RefreshPolicy::per_bank;
    refresh_before(others ? std::max(enter, limits.data_first) : free, timing, counts);
    Cycle misses = open_rows(row, write, enter, timing, counts);
    if (others && next_refresh_ <= free) {
      refresh_before(free, timing, counts);
      misses = std::max(misses, open_rows(row, write, enter, timing, counts));
    }
    Cycle ready = Cycle{1} << 60;
    for (const Piece& piece : pieces_) ready = std::min(ready, piece.ready);
    const Cycle begin = std::max({ready, limits.data_first, next_access(write, timing)});
    // Cut at the next refresh, but serve each bank that was opened at least once: its activate is under way.
    Cycle now = left;
    if (begin + left * near > next_refresh_)
      now = std::min(std::max({(next_refresh_ - begin) / near, misses, Cycle{1}}), left);
    if (now < left) cut(now, left);
    const ServiceTimes part = access(now < left ? early_ : pieces_, write, begin, timing, counts);
    if (first_part) times.first = part.first;
    times.last = std::max(part.last, limits.data_last);
    enter = part.last;
    left -= now;
  }
  if (config_->controller.page == PagePolicy::closed) close_after(work, timing, counts);
  return times;
}

void SubChannelService::serve_aside(const BankWork& work, std::int64_t row, bool write, Cycle enter,
                                    const TimingTable& timing, CommandCounts& counts) {
  enter = std::max(enter, wake(enter, timing, counts));
  refresh_before(std::max(enter, bus_), timing, counts);
  const ActivateWindow window = activates_;
  const Cycle ready = open(work, row, write, enter, timing, counts);
  activates_ = window;  // rows that are opened ahead do not wait for this one
  const Cycle at = std::max(ready, next_access(write, timing));
  if (write != last_write_ || bus_ <= enter) {
    const Piece piece{work, ready};
    access({&piece, 1}, write, at, timing, counts);
    return;
  }
  bus_ += write ? timing.write_to_write : timing.read_to_read;
  Bank& bank = banks_[work.bank];
  bank.pre_ok = std::max(bank.pre_ok, at + (write ? timing.write_to_pre : timing.read_to_pre));
}

void SubChannelService::open_ahead(std::uint32_t bank, std::int64_t row, bool write, Cycle enter,
                                   const TimingTable& timing, CommandCounts& counts) {
  const std::uint64_t bit = std::uint64_t{1} << bank;
  if ((wanted_ & bit) != 0) return;
  wanted_ |= bit;
  if (hits(bank, row)) return;
  const Cycle activate =
      row_ready(bank, row, write, enter, timing) - (write ? timing.act_to_write : timing.act_to_read);
  if (activate > bus_) return;
  open({.group = 0, .bank = bank, .accesses = 0, .slot = 0}, row, write, enter, timing, counts);
}

void SubChannelService::close_after(std::span<const BankWork> work, const TimingTable& timing,
                                    CommandCounts& counts) {
  for (const BankWork& item : work) {
    Bank& bank = banks_[item.bank];
    if (bank.row < 0) continue;
    ++counts.precharges;
    bank.act_ok = std::max(bank.act_ok, bank.pre_ok + timing.pre_to_act);
    close(bank, bank.pre_ok);
  }
}

void SubChannelService::settle(Cycle now, const TimingTable& timing, CommandCounts& counts) {
  if (bus_ <= now) {
    if (config_->power_states.enabled) idle_until(now, timing, counts);
    if (low_power_ != LowPower::self_refresh) refresh_before(now, timing, counts);
  }
  if (open_banks_ > 0 && open_since_ < now) {
    active_cycles_ += now - open_since_;
    open_since_ = now;
  }
}

void SubChannelService::restart(Cycle ready, Cycle next_refresh) {
  close_all(ready);
  for (Bank& bank : banks_) bank = {.row = -1, .act_ok = ready, .access_ok = ready, .pre_ok = ready};
  std::fill(group_free_.begin(), group_free_.end(), kLongAgo);
  std::fill(group_write_.begin(), group_write_.end(), kLongAgo);
  activates_ = {.next = ready};
  refreshed_at_ = kLongAgo;
  bus_ = ready;
  last_access_ = kLongAgo;
  low_power_ = LowPower::none;
  next_refresh_ = next_refresh;
}

}  // namespace kiln::dram
