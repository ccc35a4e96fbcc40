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
      subs_(sub_channels(config_, timing_)),
      patrol_(config),
      work_(subs_.size()),
      queues_(config_, cutter_),
      direction_(config_.controller,
                 config.controller.direction_scope == DirectionScope::pseudo_channel ? subs_.size() : 1),
      order_(queues_, subs_, cutter_),
      outlook_(queues_, subs_, cutter_),
      log_(clock_, timing_, subs_) {
  patrol_.restart(0, operating.clock_hz);
}

std::vector<SubChannelService> BulkChannel::sub_channels(const DramConfig& config,
                                                         const TimingTable& timing) {
  std::vector<SubChannelService> subs;
  const int count = config.organisation.pseudo_channels * config.organisation.ranks;
  for (int i = 0; i < count; ++i) subs.emplace_back(config, i, timing);
  return subs;
}

Cycle BulkChannel::path_cycles() const {
  const Cycle ecc = config_.ecc.kind == EccKind::none ? 0 : config_.ecc.decode_cycles;
  const Cycle cipher = config_.encryption.enabled ? config_.encryption.latency_cycles : 0;
  return config_.controller.response_cycles + ecc + cipher;
}

Ticket BulkChannel::submit(const Burst& burst) {
  const Cycle request = config_.controller.request_cycles;
  const Ticket ticket =
      queues_.push(burst, clock_.next_cycle(burst.arrival) + request,
                   clock_.next_cycle(std::max(burst.arrival, burst.last_arrival)) + request);
  if (burst.write && posts_writes()) {
    unaccepted_.push_back(ticket);
    accept_writes();
  }
  return ticket;
}

bool BulkChannel::serve_next(Cycle now, Cycle window) {
  const Cycle until = now + window;
  Cycle starts[2] = {kNeverCycle, kNeverCycle};
  for (const std::size_t direction : {kReads, kWrites}) {
    if (queues_.empty(direction)) continue;
    const QueuedBurst& head = queues_.front(direction);
    starts[direction] = std::max(head.arrival, subs_[head.next_bank.sub].busy_until());
  }
  const Cycle first = std::min(starts[kReads], starts[kWrites]);
  const Cycle at = std::max(first <= until ? first : std::min(first, patrol_.due()), arbitration_);
  if (at > until) return false;
  const auto [direction, most, yields] = direction_.choose(queues_, patrol_, at);
  if (yields && at > now) return false;
  const bool patrols =
      direction == kReads && patrol_.due() <= at && (starts[kReads] > until || !patrol_would_close_row());
  if (!patrols && starts[direction] > until) return false;
  if (direction != direction_.now()) {
    // Rows are opened as of the arbitration before.
    if (!direction_.by_age()) order_.open_ahead(direction_.now(), arbitration_, timing_, counts_);
    direction_.turn(direction);
    queues_.queue(direction).switched = at;
  }
  arbitration_ = at;
  if (patrols)
    serve_patrol();
  else
    serve_visit(direction, most);
  return true;
}

/// The oldest read has hits left in the row that the patrol would close.
bool BulkChannel::patrol_would_close_row() const {
  const Visit mine = cutter_.cut(patrol_.unit(), 1);
  const BankIndex bank = cutter_.bank(mine, 0);
  const Visit& next = queues_.front(kReads).ahead;
  if (next.base.row == mine.base.row || !subs_[bank.sub].hits(bank.bank, next.base.row)) return false;
  for (std::uint32_t nth = 0; nth < next.lanes; ++nth) {
    const BankIndex lane = cutter_.bank(next, nth);
    if (lane.sub == bank.sub && lane.bank == bank.bank) return true;
  }
  return false;
}

void BulkChannel::serve_patrol() {
  const Visit visit = cutter_.cut(patrol_.unit(), 1);
  const BankIndex bank = cutter_.bank(visit, 0);
  SubChannelService& sub = subs_[bank.sub];
  const Cycle due = std::max(patrol_.due(), queues_.queue(kReads).switched);
  const bool miss = !sub.hits(bank.bank, visit.base.row);
  const Cycle slot = miss ? command_bus_.take(due, timing_.precharge_length + timing_.activate_length) : 0;
  const BankWork work{bank.group, bank.bank, 1, slot};
  sub.serve_aside(work, visit.base.row, false, due, timing_, counts_);
  ++counts_.scrub_reads;
  direction_.served(1);
  log_.served(counts_, {due, due});
  if (!patrol_.advance()) return;
  sub.serve_aside(work, visit.base.row, true, due, timing_, counts_);
  ++counts_.scrub_writes;
  log_.served(counts_, {due, due});
}

void BulkChannel::serve_visit(std::size_t direction, std::uint64_t most) {
  BurstQueues::Queue& queue = queues_.queue(direction);
  const std::size_t place = order_.first_ready(direction, arbitration_, timing_);
  const Ticket ticket = queue.waiting[place];
  QueuedBurst& burst = queues_[ticket];
  const Visit visit = most < burst.ahead.accesses ? cutter_.cut(burst.next, most) : burst.ahead;
  // Each visit serves something, so that settle() ends.
  KILN_CHECK(visit.accesses > 0,
             "DRAM {}: a visit without accesses at cycle {}: {} reads and {} writes wait, {} of {} allowed",
             config_.name, arbitration_, queues_.queue(kReads).waiting.size(),
             queues_.queue(kWrites).waiting.size(), most, burst.left());
  const ServiceLimits limits{.enter = std::max({burst.arrival, queue.entered(), queue.switched}),
                             .data_first = burst.arrival_of(burst.next),
                             .data_last = burst.arrival_of(burst.next + visit.accesses - 1)};
  outlook_.expect(direction, burst, visit, arbitration_, timing_);
  const ServiceTimes times = serve_banks(visit, direction == kWrites, limits);
  count(direction, visit.accesses);
  log_.served(counts_, times);
  const Cycle to_end = direction == kReads ? timing_.read_data_end + path_cycles() : timing_.write_data_end;
  if (!burst.final) {  // a posted write was answered when it was accepted
    if (!burst.begun) burst.curve.first = time(times.first + to_end);
    burst.curve.last = std::max({burst.curve.first, burst.curve.last, time(times.last + to_end)});
  }
  if (queues_.serve(direction, place, visit.accesses, times) && (direction == kReads || !posts_writes()))
    finish(ticket, burst.curve);
  if (direction == kWrites) accept_writes();
}

ServiceTimes BulkChannel::serve_banks(const Visit& visit, bool write, const ServiceLimits& limits) {
  const LaneShares shares = cutter_.shares(visit);
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
    const ServiceTimes part = subs_[sub].serve(work_[sub], visit.base.row, write, limits, timing_, counts_);
    times.first = std::min(times.first, part.first);
    times.last = std::max(times.last, part.last);
  }
  return times;
}

void BulkChannel::count(std::size_t direction, std::uint64_t accesses) {
  direction_.served(accesses);
  (direction == kReads ? counts_.reads : counts_.writes) += accesses;
  const std::uint64_t bytes = accesses * static_cast<std::uint64_t>(config_.organisation.access_bytes);
  (direction == kReads ? counts_.bytes_read : counts_.bytes_written) += bytes;
}

void BulkChannel::accept_writes() {
  const BurstQueues::Queue& queue = queues_.queue(kWrites);
  const auto entered = [&](std::uint64_t access) {
    return time(queue.departures.entered(access, queue.depth));
  };
  while (!unaccepted_.empty()) {
    const Ticket ticket = unaccepted_.front();
    const QueuedBurst& burst = queues_[ticket];
    const std::uint64_t last = burst.order_end - 1;
    if (last >= queue.depth + queue.served) return;
    const std::uint64_t first = burst.order_end - burst.all();
    finish(ticket, {std::max(burst.burst.arrival, entered(first)),
                    std::max({burst.burst.arrival, burst.burst.last_arrival, entered(last)})});
    unaccepted_.pop_front();
  }
}

void BulkChannel::finish(Ticket ticket, const Curve& curve) {
  QueuedBurst& burst = queues_[ticket];
  burst.curve = curve;
  burst.final = true;
}

Curve BulkChannel::estimate(const QueuedBurst& e) const {
  const BurstQueues::Queue& queue = queues_.queue(e.burst.write ? kWrites : kReads);
  const std::uint64_t window = e.burst.write && posts_writes() ? queue.depth : 0;
  const std::uint64_t overtaken =
      e.begun ? 0 : queue.depth;  // what it may be served before, see VisitOrder::first_ready()
  const auto cycles = [&](std::uint64_t order) {  // until the access with this place in the queue is done
    const std::uint64_t done = queue.served + window + overtaken;
    const std::uint64_t ahead = order > done ? order - done : 0;
    return static_cast<Cycle>(ahead) * timing_.read_to_read / config_.organisation.pseudo_channels;
  };
  const Cycle base = std::max(frontier(), e.arrival);
  const Cycle path = window > 0      ? 0
                     : e.burst.write ? timing_.write_data_end
                                     : timing_.read_data_end + path_cycles();
  const Cycle soon = settled_ + 1;
  Curve curve;
  curve.first = e.begun ? e.curve.first : time(std::max(base + cycles(e.order_end - e.all()) + path, soon));
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
  KILN_CHECK(queues_.holds(ticket) && !queues_[ticket].closed, "DRAM ticket {} is not open", ticket);
  const QueuedBurst& e = queues_[ticket];
  return e.final ? e.curve : estimate(e);
}

base::TimePs BulkChannel::data_ready(Ticket ticket, std::uint64_t bytes) const {
  const Curve curve = forecast(ticket);
  const double share = static_cast<double>(bytes) / static_cast<double>(queues_[ticket].burst.bytes);
  return curve.first + static_cast<base::TimePs>(share * static_cast<double>(curve.last - curve.first));
}

void BulkChannel::close(Ticket ticket) {
  KILN_CHECK(queues_.holds(ticket), "DRAM ticket {} is not open", ticket);
  queues_[ticket].closed = true;
}

bool BulkChannel::final(Ticket ticket) const {
  return ticket < queues_.first() || queues_[ticket].final;
}

void BulkChannel::settle(base::TimePs now) {
  const Cycle until = std::max(clock_.cycle_at(now), settled_);
  // What is in the queue window is under way: it is arbitrated ahead of the data bus.
  const Cycle window = static_cast<Cycle>(queues_.queue(kReads).depth) * timing_.read_to_read /
                       config_.organisation.pseudo_channels;
  while (serve_next(until, window)) {
  }
  for (SubChannelService& sub : subs_) sub.settle(until, timing_, counts_);
  log_.settled(counts_);
  settled_ = until;
  queues_.forget_closed();
}

void BulkChannel::set_operating(base::TimePs now, const Operating& operating) {
  settle(now);
  if (operating.clock_hz == operating_.clock_hz)
    set_refresh_rate(clock_.next_cycle(now), operating);
  else
    set_clock(clock_.next_cycle(now), operating);
  operating_ = operating;
}

void BulkChannel::set_refresh_rate(Cycle now, const Operating& operating) {
  timing_ = resolve(config_, operating.clock_hz, operating.refresh_rate);
  if (config_.refresh.policy == RefreshPolicy::none) return;
  const bool per_bank = timing_.refresh_policy == RefreshPolicy::per_bank;
  const Cycle interval = per_bank ? timing_.refresh_bank_interval : timing_.refresh_interval;
  for (SubChannelService& sub : subs_) sub.refresh_from(std::min(sub.next_refresh(), now + interval));
  log_.replanned();
}

void BulkChannel::set_clock(Cycle now, const Operating& operating) {
  counts_ = counts();
  Cycle done = now;
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
  log_.replanned();
  command_bus_.work_until = arbitration_ = settled_ = ready;
  patrol_.restart(ready, operating.clock_hz);
  for (Ticket ticket = queues_.first(); ticket < queues_.end(); ++ticket) {
    QueuedBurst& e = queues_[ticket];
    e.arrival = clock_.next_cycle(std::max(e.burst.arrival, ready_at)) + config_.controller.request_cycles;
    e.last_arrival = std::max(e.arrival, clock_.next_cycle(e.burst.last_arrival));
  }
}

base::TimePs BulkChannel::busy_until() const {
  Cycle end = 0;
  for (const SubChannelService& sub : subs_) end = std::max(end, sub.busy_until());
  const std::uint64_t left = queues_.queue(kReads).left() + queues_.queue(kWrites).left();
  return time(end + static_cast<Cycle>(left) * timing_.read_to_read / config_.organisation.pseudo_channels);
}

void BulkChannel::drain() {
  while (!queues_.empty(kReads) || !queues_.empty(kWrites))
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
