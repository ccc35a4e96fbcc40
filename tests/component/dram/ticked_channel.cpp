// SPDX-License-Identifier: MIT
#include "ticked_channel.h"

#include <algorithm>
#include <cmath>

namespace kiln::dram {

namespace {
enum Rank { kUrgent, kOwner, kRefresh, kQueue, kFiller };
}

TickedChannel::TickedChannel(const DramConfig& config)
    : config_(config),
      timing_(cycles_at(config, config.clock_hz)),
      checker_(config),
      subs_(config.organisation.pseudo_channels * config.organisation.ranks),
      banks_per_sub_(config.organisation.bank_groups * config.organisation.banks_per_group) {
  banks_.resize(static_cast<std::size_t>(subs_ * banks_per_sub_));
  writing_.assign(static_cast<std::size_t>(subs_), false);
  batch_.assign(static_cast<std::size_t>(subs_), 0);
  const RefreshConfig& r = config.refresh;
  if (r.policy == RefreshPolicy::none) return;
  const bool spread = r.start == RefreshStart::spread, by_bank = r.policy == RefreshPolicy::per_bank;
  const int managers = by_bank && !spread ? 1 : subs_;
  refresh_interval_ = static_cast<Cycle>(std::floor((by_bank ? timing_.tREFIpb : timing_.tREFI) / r.rate));
  if (by_bank && !spread) refresh_interval_ = std::max<Cycle>(refresh_interval_ / subs_, 1);
  for (int i = 0; i < managers; ++i)
    refresh_due_.push_back(spread ? refresh_interval_ * (i + 1) / managers : refresh_interval_);
  unrefreshed_.resize(refresh_due_.size());
}

std::size_t TickedChannel::unit_of(int sub) const {
  return config_.controller.direction_scope == DirectionScope::channel ? 0 : static_cast<std::size_t>(sub);
}

Cycle TickedChannel::run(const std::vector<TimedAccess>& accesses) {
  std::size_t next = 0;
  incomplete_ = accesses.size();
  for (Cycle now = 0; incomplete_ > 0; ++now) {
    if (now > 0) tick(now);       // before, nothing has arrived
    if (wck_starting_) continue;  // the controller is busy with a two-cycle access
    while (next < accesses.size() && accesses[next].due <= now && accept(accesses[next], now)) ++next;
  }
  return last_completion_;
}

bool TickedChannel::accept(const TimedAccess& offered, Cycle now) {
  const ControllerConfig& c = config_.controller;
  auto& queue = queue_[offered.access.write];
  if (queue.size() >= static_cast<std::size_t>(offered.access.write ? c.write_queue : c.read_queue))
    return false;
  const Request request{offered.access, next_age_, now, now + c.request_cycles};
  const auto same_place = [&](const Request& write) {
    return write.access.bank == offered.access.bank && write.access.row == offered.access.row &&
           write.access.column == offered.access.column;
  };
  if (!offered.access.write && std::any_of(queue_[1].begin(), queue_[1].end(), same_place)) {
    complete(request, now + c.request_cycles + c.response_cycles);  // served from the write queue
    return true;
  }
  ++next_age_;
  queue.push_back(request);
  if (offered.access.write && c.write_completion == WriteCompletion::accepted) complete(request, now + 1);
  return true;
}

void TickedChannel::complete(const Request& request, Cycle at) {
  --incomplete_;
  last_completion_ = std::max(last_completion_, at);
  if (!request.access.write) latency_ += static_cast<double>(at - request.due);
}

void TickedChannel::tick(Cycle now) {
  if (wck_starting_) {
    wck_starting_ = false;
    return issue_access(wck_access_, now);
  }
  make_refreshes_due(now);
  choose_direction();
  if (!timing_.separate_buses) {
    Candidates all = columns(now);
    const Candidates more = rows(now);
    all.insert(all.end(), more.begin(), more.end());
    issue_first(all, now);
    return;
  }
  if (issue_first(columns(now), now)) choose_direction();
  issue_first(rows(now), now);
}

void TickedChannel::make_refreshes_due(Cycle now) {
  const auto idle = [this](int bank) {
    const auto here = [bank](const Request& r) { return r.access.bank == bank; };
    return !banks_[static_cast<std::size_t>(bank)].owned &&
           std::none_of(queue_[0].begin(), queue_[0].end(), here) &&
           std::none_of(queue_[1].begin(), queue_[1].end(), here);
  };
  for (std::size_t i = 0; i < refresh_due_.size(); ++i) {
    if (refresh_due_[i] > now) continue;
    refresh_due_[i] += refresh_interval_;
    if (config_.refresh.policy == RefreshPolicy::all_bank) {
      pending_.push_back({static_cast<int>(i), -1});
      continue;
    }
    auto& left = unrefreshed_[i];
    const bool whole = refresh_due_.size() == 1;
    const int first = whole ? 0 : static_cast<int>(i) * banks_per_sub_;
    if (left.empty())
      for (int bank = first; bank < (whole ? subs_ * banks_per_sub_ : first + banks_per_sub_); ++bank)
        left.push_back(bank);
    auto chosen = left.begin();
    if (config_.refresh.choice == RefreshChoice::idle_first)
      if (const auto found = std::find_if(left.begin(), left.end(), idle); found != left.end())
        chosen = found;
    pending_.push_back({sub_of(*chosen), *chosen});
    left.erase(chosen);
  }
}

bool TickedChannel::channel_blocked() const {
  return !pending_.empty() && config_.refresh.blocking == RefreshBlocking::channel;
}

bool TickedChannel::blocked(int bank) const {
  return channel_blocked() || std::any_of(pending_.begin(), pending_.end(), [&](const Refresh& due) {
           return due.bank < 0 ? due.sub == sub_of(bank) : due.bank == bank;
         });
}

void TickedChannel::turn(std::size_t unit, int reads, int writes) {
  const ControllerConfig& c = config_.controller;
  const double entries = c.direction_scope == DirectionScope::channel
                             ? c.write_queue
                             : static_cast<double>(c.write_queue) / subs_;
  const bool rested = c.read_batch == 0 || batch_[unit] >= c.read_batch;
  const bool spent = c.write_batch > 0 && batch_[unit] >= c.write_batch;
  const bool to_write = !writing_[unit] && (reads == 0 || (writes > c.write_high * entries && rested));
  const bool to_read = writing_[unit] && reads > 0 && (writes < c.write_low * entries || spent);
  if (!to_write && !to_read) return;
  writing_[unit] = to_write;
  batch_[unit] = 0;
}

void TickedChannel::choose_direction() {
  if (channel_blocked()) return;
  for (int sub = 0; sub < subs_; ++sub) {
    const auto here = [&](const Request& r) { return unit_of(sub_of(r.access.bank)) == unit_of(sub); };
    turn(unit_of(sub), static_cast<int>(std::count_if(queue_[0].begin(), queue_[0].end(), here)),
         static_cast<int>(std::count_if(queue_[1].begin(), queue_[1].end(), here)));
    if (unit_of(subs_ - 1) == 0) return;  // one unit
  }
}

const TickedChannel::Request* TickedChannel::oldest(int bank, bool write, int row, bool same) const {
  for (const Request& r : queue_[write])
    if (r.access.bank == bank && (r.access.row == row) == same) return &r;
  return nullptr;
}

TickedChannel::Candidates TickedChannel::columns(Cycle now) const {
  Candidates all;
  const auto add = [&](int rank, const Request& r) {
    all.push_back({rank, r.age, r.access.write ? Command::write : Command::read, sub_of(r.access.bank),
                   r.access.bank, r.access.row, r.access.column, r, 0});
  };
  for (int bank = 0; bank < static_cast<int>(banks_.size()); ++bank) {
    const Bank& state = banks_[static_cast<std::size_t>(bank)];
    if (state.row < 0 || state.activating) continue;
    if (state.owned) add(kOwner, state.owner);
    if (blocked(bank)) continue;
    const Request* hit = oldest(bank, writing_[unit_of(sub_of(bank))], state.row, true);
    if (hit != nullptr && hit->from <= now) add(kQueue, *hit);
  }
  return all;
}

bool TickedChannel::awaits_access(int sub) const {
  for (int bank = sub * banks_per_sub_; bank < (sub + 1) * banks_per_sub_; ++bank)
    if (banks_[static_cast<std::size_t>(bank)].owned) return true;
  return false;
}

void TickedChannel::add_refreshes(Candidates& all) const {
  const std::size_t considered =
      channel_blocked() ? std::min<std::size_t>(pending_.size(), 1) : pending_.size();
  for (std::size_t i = 0; i < considered; ++i) {
    const auto [sub, bank] = pending_[i];
    const auto add = [&, sub = sub](Command command, int of_bank) {
      all.push_back({kRefresh, all.size(), command, sub, of_bank, -1, -1, {}, i});
    };
    if (bank >= 0) {
      const Bank& state = banks_[static_cast<std::size_t>(bank)];
      if (state.row < 0) add(Command::refresh_bank, bank);
      if (state.row >= 0 && !state.owned && !state.activating) add(Command::precharge, bank);
      continue;
    }
    std::vector<int> open;
    for (int b = sub * banks_per_sub_; b < (sub + 1) * banks_per_sub_; ++b)
      if (banks_[static_cast<std::size_t>(b)].row >= 0) open.push_back(b);
    if (open.empty()) {
      add(Command::refresh_all, -1);
    } else if (config_.refresh.precharge_all) {
      if (!awaits_access(sub)) add(Command::precharge_all, -1);
    } else {
      for (const int b : open)
        if (!banks_[static_cast<std::size_t>(b)].owned) add(Command::precharge, b);
    }
  }
}

void TickedChannel::add_row_command(Candidates& all, int bank, Cycle now) const {
  const Bank& state = banks_[static_cast<std::size_t>(bank)];
  const bool write = writing_[unit_of(sub_of(bank))];
  const auto add = [&](Command command, const Request& r) {
    if (r.from <= now)
      all.push_back({kQueue, r.age, command, sub_of(bank), bank,
                     command == Command::activate ? r.access.row : -1, -1, r, 0});
  };
  if (state.row < 0) {
    const Request* first = oldest(bank, write, -1, false);
    if (first != nullptr && act2_bank_ < 0) add(Command::activate, *first);
    return;
  }
  const Request* miss = oldest(bank, write, state.row, false);
  if (miss == nullptr || state.owned || state.activating) return;
  const ControllerConfig& c = config_.controller;
  const bool hits = oldest(bank, write, state.row, true) != nullptr;
  const bool worn = c.row_hit_limit > 0 && state.accesses >= c.row_hit_limit;
  const bool used = c.arbitration == Arbitration::oldest_ready && state.accesses > 0;
  if (!hits || worn || used) add(Command::precharge, *miss);
}

TickedChannel::Candidates TickedChannel::rows(Cycle now) const {
  Candidates all;
  add_refreshes(all);
  if (act2_bank_ >= 0)
    all.push_back({now >= act2_deadline_ ? kUrgent : kFiller,
                   0,
                   Command::activate2,
                   sub_of(act2_bank_),
                   act2_bank_,
                   banks_[static_cast<std::size_t>(act2_bank_)].row,
                   -1,
                   {},
                   0});
  for (int bank = 0; bank < static_cast<int>(banks_.size()); ++bank)
    if (!blocked(bank)) add_row_command(all, bank, now);
  return all;
}

bool TickedChannel::allowed(const Candidate& c, Cycle now) const {
  CommandChecker probe = checker_;
  const std::size_t before = probe.violations().size();
  probe.on_command(now, c.command, c.sub, c.bank, c.row, c.column);
  for (std::size_t i = before; i < probe.violations().size(); ++i)
    if (probe.violations()[i].rule != "wck") return false;  // a CAS will bring WCK in step
  return true;
}

bool TickedChannel::issue_first(const Candidates& candidates, Cycle now) {
  const Candidate* first = nullptr;
  for (const Candidate& c : candidates) {
    if (first != nullptr && (c.rank > first->rank || (c.rank == first->rank && c.age >= first->age)))
      continue;
    if (allowed(c, now)) first = &c;
  }
  if (first != nullptr) issue(*first, now);
  return first != nullptr;
}

void TickedChannel::emit(Cycle at, Command command, int sub, int bank, int row, int column) {
  checker_.on_command(at, command, sub, bank, row, column);
  log_.on_command(at, command, sub, bank, row, column);
}

void TickedChannel::remove(const Request& request) {
  std::erase_if(queue_[request.access.write], [&](const Request& r) { return r.age == request.age; });
}

void TickedChannel::issue(const Candidate& chosen, Cycle now) {
  switch (chosen.command) {
    case Command::read:
    case Command::write:
      if (timing_.wck_sync && now >= wck_until_) {
        emit(now, Command::cas_sync, chosen.sub, chosen.bank);
        wck_starting_ = true;
        wck_access_ = chosen;
        return;
      }
      return issue_access(chosen, now);
    case Command::activate: {
      Bank& bank = banks_[static_cast<std::size_t>(chosen.bank)];
      const bool leaves = config_.controller.slot_release == SlotRelease::activate;
      bank = {.row = chosen.row,
              .activating = timing_.tAAD > 0,
              .accesses = 0,
              .owned = leaves,
              .owner = chosen.request};
      if (leaves) remove(chosen.request);
      if (bank.activating) {
        act2_bank_ = chosen.bank;
        act2_deadline_ = now + timing_.tAAD;
      }
      break;
    }
    case Command::activate2:
      banks_[static_cast<std::size_t>(chosen.bank)].activating = false;
      act2_bank_ = -1;
      break;
    case Command::precharge:
      banks_[static_cast<std::size_t>(chosen.bank)].row = -1;
      break;
    case Command::precharge_all:
      for (int b = chosen.sub * banks_per_sub_; b < (chosen.sub + 1) * banks_per_sub_; ++b)
        banks_[static_cast<std::size_t>(b)].row = -1;
      break;
    default:
      pending_.erase(pending_.begin() + static_cast<std::ptrdiff_t>(chosen.refresh));
      break;
  }
  emit(now, chosen.command, chosen.sub, chosen.bank, chosen.row);
}

void TickedChannel::issue_access(const Candidate& chosen, Cycle now) {
  const TimingCycles& t = timing_;
  const ControllerConfig& c = config_.controller;
  const Access& access = chosen.request.access;
  Bank& bank = banks_[static_cast<std::size_t>(chosen.bank)];
  if (bank.owned && bank.owner.age == chosen.request.age)
    bank.owned = false;
  else
    remove(chosen.request);
  ++bank.accesses;
  ++batch_[unit_of(chosen.sub)];
  const bool more = oldest(chosen.bank, false, bank.row, true) != nullptr ||
                    oldest(chosen.bank, true, bank.row, true) != nullptr;
  const bool close = c.page == PagePolicy::closed && !more;
  Command command = chosen.command;
  if (close) {
    command = access.write ? Command::write_precharge : Command::read_precharge;
    bank.row = -1;
  }
  wck_until_ = std::max(wck_until_,
                        now + (access.write ? t.write_latency : t.read_latency) + t.burst + t.wck_postamble);
  emit(now, command, chosen.sub, chosen.bank, access.row, access.column);
  const Cycle start = now + t.access_cycles - 1;
  if (!access.write)
    return complete(chosen.request, start + t.read_latency + t.tDQSCK + t.burst + c.response_cycles);
  if (c.write_completion == WriteCompletion::issued) complete(chosen.request, now);
  if (c.write_completion == WriteCompletion::written)
    complete(chosen.request, start + t.write_latency + t.tDQSS + t.burst + c.response_cycles);
}

}  // namespace kiln::dram
