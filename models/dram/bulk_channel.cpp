// SPDX-License-Identifier: MIT
#include "dram/bulk_channel.h"

#include <algorithm>

#include "base/error.h"

namespace kiln::dram {

BulkChannel::BulkChannel(const DramConfig& config, base::TimePs start)
    : BulkChannel(config, start, {config.clock_hz, config.refresh.rate}) {}

BulkChannel::BulkChannel(const DramConfig& config, base::TimePs start, const Operating& operating)
    : config_(config),
      cutter_(config.organisation),
      clock_(operating.clock_hz, start),
      timing_(resolve(config, operating.clock_hz, operating.refresh_rate)),
      operating_(operating),
      patrol_(config) {
  patrol_.restart(0, operating.clock_hz);
  const int subs = config.organisation.pseudo_channels * config.organisation.ranks;
  for (int i = 0; i < subs; ++i) subs_.emplace_back(config_, i, timing_);
  if (config.controller.direction_scope == DirectionScope::pseudo_channel) directions_ = subs_.size();
  work_.resize(subs_.size());
  queued_.resize(subs_.size());
  opened_.resize(subs_.size());
}

Cycle BulkChannel::path_cycles() const {
  const Cycle ecc = config_.ecc.kind == EccKind::none ? 0 : config_.ecc.decode_cycles;
  const Cycle cipher = config_.encryption.enabled ? config_.encryption.latency_cycles : 0;
  return config_.controller.response_cycles + ecc + cipher;
}

Ticket BulkChannel::submit(const Burst& burst) {
  const auto [from, end] = accesses_of(config_, burst);
  const std::size_t direction = burst.write ? kWrite : kRead;
  Lane& lane = lanes_[direction];
  lane.queued += end - from;
  Entry added{.burst = burst,
              .next = from,
              .end = end,
              .order_end = lane.queued,
              .ahead = {},
              .next_bank = {},
              .curve = {}};
  find_next_bank(added);
  added.arrival = clock_.next_cycle(burst.arrival) + config_.controller.request_cycles;
  added.last_arrival =
      clock_.next_cycle(std::max(burst.arrival, burst.last_arrival)) + config_.controller.request_cycles;
  const Ticket ticket = entries_.push(added);
  // Kept in order of arrival; bursts are mostly handed in that way.
  auto place = lane.waiting.end();
  while (place != lane.waiting.begin() && entries_[*(place - 1)].arrival > added.arrival) --place;
  lane.waiting.insert(place, ticket);
  if (burst.write && config_.controller.write_completion == WriteCompletion::accepted) {
    unaccepted_.push_back(ticket);
    accept_writes();
  }
  return ticket;
}

void BulkChannel::add_progress(std::deque<Progress>& history, std::uint64_t accesses, ServiceTimes times) {
  const auto count = static_cast<double>(accesses);
  const Cycle begin = history.empty() ? times.first : std::max(times.first, history.front().begin);
  const Cycle end = std::max(times.last, begin + 1);
  const double rate = count / static_cast<double>(end - begin);
  // Visits of other banks overlap in time: their departures add up. Split the step that `begin` falls into.
  std::size_t first = history.size();
  while (first > 0 && history[first - 1].end > begin) --first;
  if (first < history.size() && history[first].begin < begin) {
    Progress& step = history[first];
    const double middle = step.before + (step.after - step.before) * static_cast<double>(begin - step.begin) /
                                            static_cast<double>(step.end - step.begin);
    const Progress later{middle, step.after, begin, step.end};
    step.after = middle;
    step.end = begin;
    history.insert(history.begin() + static_cast<std::ptrdiff_t>(++first), later);
  }
  double added = 0;
  for (std::size_t i = first; i < history.size(); ++i) {
    Progress& step = history[i];
    step.before += added;
    added = std::min(rate * static_cast<double>(step.end - begin), count);
    step.after += added;
  }
  if (!history.empty() && history.back().end >= end) return;
  const double before = history.empty() ? 0 : history.back().after;
  const Cycle from = history.empty() ? begin : std::max(begin, history.back().end);
  history.push_back({before, before + count - added, from, end});
}

void BulkChannel::note_service(std::size_t direction, std::uint64_t accesses, const ServiceTimes& times) {
  Lane& lane = lanes_[direction];
  add_progress(lane.history, accesses, times);
  lane.served += accesses;
  batch_ += accesses;
  const std::uint64_t window = depth(direction);
  const auto seen = static_cast<double>(lane.served) - static_cast<double>(window);
  while (lane.history.size() > 1 && lane.history.front().after < seen) lane.history.pop_front();
  (direction == kRead ? counts_.reads : counts_.writes) += accesses;
  const std::uint64_t bytes = accesses * static_cast<std::uint64_t>(config_.organisation.access_bytes);
  (direction == kRead ? counts_.bytes_read : counts_.bytes_written) += bytes;
}

void BulkChannel::find_next_bank(Entry& e) const {
  e.ahead = cutter_.cut(e.next, e.end - e.next);
  e.next_bank = cutter_.bank(e.ahead, 0);
}

void BulkChannel::serve_visit(std::size_t direction, std::uint64_t most) {
  Lane& lane = lanes_[direction];
  const std::size_t place = first_ready(direction);
  const Ticket ticket = lane.waiting[place];
  Entry& e = entries_[ticket];
  const Visit visit = most < e.ahead.accesses ? cutter_.cut(e.next, most) : e.ahead;
  // Each visit serves something, so that settle() ends.
  KILN_CHECK(visit.accesses > 0,
             "DRAM {}: a visit without accesses at cycle {}: {} reads and {} writes wait, {} of {} allowed",
             config_.name, arbitration_, lanes_[kRead].waiting.size(), lanes_[kWrite].waiting.size(), most,
             e.end - e.next);
  const LaneShares shares = cutter_.shares(visit);
  const std::uint64_t from = e.burst.address / static_cast<std::uint64_t>(config_.organisation.access_bytes);
  const double all = static_cast<double>(e.end - from),
               stream = static_cast<double>(e.last_arrival - e.arrival);
  const auto data_at = [&](std::uint64_t access) {
    return e.arrival + static_cast<Cycle>(stream * static_cast<double>(access - from) / all);
  };
  const ServiceLimits limits{
      .enter = std::max({e.arrival, entered(lane, lane.served, depth(direction)), lane.switched}),
      .data_first = data_at(e.next),
      .data_last = data_at(e.next + visit.accesses - 1)};
  expect_refreshes(direction, e, visit);
  for (auto& work : work_) work.clear();
  for (std::uint32_t nth = 0; nth < visit.lanes; ++nth) {
    const BankIndex bank = cutter_.bank(visit, nth);
    const std::uint32_t accesses = shares.on(nth);
    if (accesses == 0) continue;
    const bool miss = !subs_[bank.sub].hits(bank.bank, visit.base.row);
    const Cycle slot =
        miss ? command_bus_.take(limits.enter, timing_.precharge_length + timing_.activate_length) : 0;
    work_[bank.sub].push_back({bank.group, bank.bank, accesses, slot});
  }
  ServiceTimes times{kNeverCycle, 0};
  for (std::size_t sub = 0; sub < subs_.size(); ++sub) {
    if (work_[sub].empty()) continue;
    const ServiceTimes part =
        subs_[sub].serve(work_[sub], visit.base.row, direction == kWrite, limits, timing_, counts_);
    times.first = std::min(times.first, part.first);
    times.last = std::max(times.last, part.last);
  }
  note_service(direction, visit.accesses, times);
  const Cycle to_end = direction == kRead ? timing_.read_data_end + path_cycles() : timing_.write_data_end;
  if (!e.final) {  // a posted write was answered when it was accepted
    if (!e.begun) e.curve.first = time(times.first + to_end);
    e.curve.last = std::max({e.curve.first, e.curve.last, time(times.last + to_end)});
  }
  e.begun = true;
  e.next += visit.accesses;
  if (e.next == e.end) {
    e.served = true;
    lane.waiting.erase(lane.waiting.begin() + static_cast<std::ptrdiff_t>(place));
    const bool posted = config_.controller.write_completion == WriteCompletion::accepted;
    if (direction == kRead || !posted) finish(ticket, e.curve);
  } else {
    find_next_bank(e);
  }
  if (direction == kWrite) accept_writes();
}

void BulkChannel::accept_writes() {
  const Lane& lane = lanes_[kWrite];
  const std::uint64_t room = depth(kWrite);
  while (!unaccepted_.empty()) {
    const Ticket ticket = unaccepted_.front();
    const Entry& e = entries_[ticket];
    const std::uint64_t last = e.order_end - 1;
    if (last >= room + lane.served) return;
    const std::uint64_t from =
        e.burst.address / static_cast<std::uint64_t>(config_.organisation.access_bytes);
    const std::uint64_t first = e.order_end - (e.end - from);
    finish(ticket, {std::max(e.burst.arrival, time(entered(lane, first, room))),
                    std::max({e.burst.arrival, e.burst.last_arrival, time(entered(lane, last, room))})});
    unaccepted_.pop_front();
  }
}

void BulkChannel::finish(Ticket ticket, const Curve& curve) {
  Entry& e = entries_[ticket];
  e.curve = curve;
  e.final = true;
}

Curve BulkChannel::estimate(const Entry& e) const {
  const std::size_t direction = e.burst.write ? kWrite : kRead;
  const Lane& lane = lanes_[direction];
  const std::uint64_t window =
      e.burst.write && config_.controller.write_completion == WriteCompletion::accepted ? depth(kWrite) : 0;
  const std::uint64_t overtaken =
      e.begun ? 0 : depth(direction);             // what it may be served before, see first_ready()
  const auto cycles = [&](std::uint64_t order) {  // until the access with this place in the queue is done
    const std::uint64_t done = lane.served + window + overtaken;
    const std::uint64_t ahead = order > done ? order - done : 0;
    return static_cast<Cycle>(ahead) * timing_.read_to_read / config_.organisation.pseudo_channels;
  };
  const std::uint64_t own =
      e.end - e.burst.address / static_cast<std::uint64_t>(config_.organisation.access_bytes);
  const Cycle base = std::max(frontier(), e.arrival);
  const Cycle path = window > 0      ? 0
                     : e.burst.write ? timing_.write_data_end
                                     : timing_.read_data_end + path_cycles();
  const Cycle soon = settled_ + 1;
  Curve curve;
  curve.first = e.begun ? e.curve.first : time(std::max(base + cycles(e.order_end - own) + path, soon));
  curve.last =
      std::max({time(std::max(base + cycles(e.order_end) + path, soon)), curve.first, e.burst.last_arrival});
  return curve;
}

Cycle BulkChannel::frontier() const {
  Cycle least = kNeverCycle;
  for (const SubChannelService& sub : subs_) least = std::min(least, sub.busy_until());
  return std::max(least, arbitration_);
}

Curve BulkChannel::forecast(Ticket ticket) const {
  KILN_CHECK(entries_.holds(ticket) && !entries_[ticket].closed, "DRAM ticket {} is not open", ticket);
  const Entry& e = entries_[ticket];
  return e.final ? e.curve : estimate(e);
}

base::TimePs BulkChannel::data_ready(Ticket ticket, std::uint64_t bytes) const {
  const Curve curve = forecast(ticket);
  const double share = static_cast<double>(bytes) / static_cast<double>(entries_[ticket].burst.bytes);
  return curve.first + static_cast<base::TimePs>(share * static_cast<double>(curve.last - curve.first));
}

void BulkChannel::close(Ticket ticket) {
  KILN_CHECK(entries_.holds(ticket), "DRAM ticket {} is not open", ticket);
  entries_[ticket].closed = true;
}

bool BulkChannel::final(Ticket ticket) const {
  return ticket < entries_.first() || entries_[ticket].final;
}

void BulkChannel::settle(base::TimePs now) {
  const Cycle until = std::max(clock_.cycle_at(now), settled_);
  // What is in the queue window is under way: it is arbitrated ahead of the data bus.
  const Cycle window =
      static_cast<Cycle>(depth(kRead)) * timing_.read_to_read / config_.organisation.pseudo_channels;
  while (serve_next(until, window)) {
  }
  for (SubChannelService& sub : subs_) sub.settle(until, timing_, counts_);
  settled_ = until;
  const auto forgotten = [](const Entry& e) { return e.closed && e.served && e.final; };
  while (!entries_.empty() && forgotten(entries_.front())) entries_.pop();
}

void BulkChannel::set_operating(base::TimePs now, const Operating& operating) {
  settle(now);
  const Cycle here = clock_.next_cycle(now);
  if (operating.clock_hz == operating_.clock_hz) {
    timing_ = resolve(config_, operating.clock_hz, operating.refresh_rate);
    const bool per_bank = config_.refresh.policy == RefreshPolicy::per_bank;
    const Cycle interval = per_bank ? timing_.refresh_bank_interval : timing_.refresh_interval;
    for (SubChannelService& sub : subs_)
      if (config_.refresh.policy != RefreshPolicy::none)
        sub.refresh_from(std::min(sub.next_refresh(), here + interval));
  } else {
    counts_ = counts();
    Cycle done = here;
    for (SubChannelService& sub : subs_) {
      sub.forget_state_times();
      done = std::max(done, sub.busy_until() + timing_.write_to_pre + timing_.pre_all_to_act);
    }
    const base::TimePs ready_at = time(done) + base::from_seconds(config_.controller.retraining_s);
    std::vector<base::TimePs> due;
    for (const SubChannelService& sub : subs_)
      due.push_back(time(std::min(sub.next_refresh(), kNeverCycle / 1024)));
    clock_ = clock_.changed(operating.clock_hz, ready_at);
    timing_ = resolve(config_, operating.clock_hz, operating.refresh_rate);
    const Cycle ready = clock_.next_cycle(ready_at);
    const bool refreshed = config_.refresh.policy != RefreshPolicy::none;
    for (std::size_t i = 0; i < subs_.size(); ++i)
      subs_[i].restart(ready, refreshed ? std::max(clock_.next_cycle(due[i]), ready) : kNeverCycle);
    command_bus_.work_until = arbitration_ = settled_ = ready;
    patrol_.restart(ready, operating.clock_hz);
    for (Ticket ticket = entries_.first(); ticket < entries_.end(); ++ticket) {
      Entry& e = entries_[ticket];
      e.arrival = clock_.next_cycle(std::max(e.burst.arrival, ready_at)) + config_.controller.request_cycles;
      e.last_arrival = std::max(e.arrival, clock_.next_cycle(e.burst.last_arrival));
    }
  }
  operating_ = operating;
}

base::TimePs BulkChannel::busy_until() const {
  Cycle end = 0;
  for (const SubChannelService& sub : subs_) end = std::max(end, sub.busy_until());
  std::uint64_t left = 0;
  for (const Lane& lane : lanes_) left += lane.queued - lane.served;
  return time(end + static_cast<Cycle>(left) * timing_.read_to_read / config_.organisation.pseudo_channels);
}

void BulkChannel::drain() {
  while (!lanes_[kRead].waiting.empty() || !lanes_[kWrite].waiting.empty())
    settle(std::max(busy_until(), time(settled_ + 1)));
}

CommandCounts BulkChannel::counts() const {
  CommandCounts all = counts_;
  const double cycle_s = 1.0 / operating_.clock_hz;
  for (const SubChannelService& sub : subs_) {
    all.active_standby_s += static_cast<double>(sub.active_cycles()) * cycle_s;
    all.power_down_s += static_cast<double>(sub.power_down_cycles()) * cycle_s;
    all.self_refresh_s += static_cast<double>(sub.self_refresh_cycles()) * cycle_s;
  }
  all.row_hits = all.accesses() - std::min(all.accesses(), all.activates);
  return all;
}

double BulkChannel::peak_bytes_per_second() const {
  return dram::peak_bytes_per_second(config_, operating_.clock_hz);
}

}  // namespace kiln::dram
