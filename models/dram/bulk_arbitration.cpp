// SPDX-License-Identifier: MIT
// Who is served next on a bulk channel: direction, burst, patrol.
#include <algorithm>

#include "dram/bulk_channel.h"

namespace kiln::dram {

namespace {
constexpr std::uint64_t kNoLimit = ~std::uint64_t{0};
/// Fewer accesses of a burst that is still arriving are not served as a visit of their own.
constexpr std::uint64_t kLeastVisit = 4;
}  // namespace

std::uint64_t BulkChannel::depth(std::size_t direction) const {
  const ControllerConfig& c = config_.controller;
  const auto entries = [](int n) { return static_cast<std::uint64_t>(n); };
  switch (c.queue) {
    case QueueKind::shared:
      return entries(direction == kRead ? c.read_queue : c.write_queue);
    case QueueKind::two_stage:
      return entries(direction == kRead ? c.read_queue : c.write_queue) +
             entries(c.bank_queue) * cutter_.lanes();
    case QueueKind::bank:
      return entries(c.bank_queue) * cutter_.lanes();
  }
  return 1;
}

std::uint64_t BulkChannel::arrived(std::size_t direction, Cycle at, std::uint64_t enough) const {
  std::uint64_t total = 0;
  for (const Ticket ticket : lanes_[direction].waiting) {
    const Entry& e = entries_[ticket];
    if (e.arrival > at) break;
    const std::uint64_t left = e.end - e.next;
    if (e.last_arrival <= at) {
      total += left;
    } else {  // write data still coming in
      const std::uint64_t all =
          e.end - e.burst.address / static_cast<std::uint64_t>(config_.organisation.access_bytes);
      const auto here =
          static_cast<std::uint64_t>(static_cast<double>(all) * static_cast<double>(at - e.arrival) /
                                     static_cast<double>(e.last_arrival - e.arrival));
      const std::uint64_t gone = all - left;
      total += std::clamp<std::uint64_t>(here > gone ? here - gone : 0, 1, left);
    }
    if (total >= enough) break;
  }
  return total;
}

BulkChannel::Choice BulkChannel::choose(Cycle at) const {
  const ControllerConfig& c = config_.controller;
  const bool by_age = c.direction == DirectionPolicy::interleaved || c.direction == DirectionPolicy::grouped;
  const auto& reads = lanes_[kRead].waiting;
  const auto& writes = lanes_[kWrite].waiting;
  const bool patrol_due = patrol_.due() <= at;
  if (by_age) {
    if (patrol_due) return {kRead, kNoLimit};
    if (reads.empty() || writes.empty()) return {reads.empty() ? kWrite : kRead, kNoLimit};
    return {entries_[writes.front()].arrival < entries_[reads.front()].arrival ? kWrite : kRead, kNoLimit};
  }
  const bool full = c.direction == DirectionPolicy::drain_when_full;
  const double entries = static_cast<double>(depth(kWrite));
  const auto high = static_cast<std::uint64_t>(entries * (full ? 1.0 : c.write_high));
  const auto low = static_cast<std::uint64_t>(entries * (full ? 0.0 : c.write_low));
  const std::uint64_t read_batch = static_cast<std::uint64_t>(c.read_batch) * directions_;
  const std::uint64_t write_batch = static_cast<std::uint64_t>(c.write_batch) * directions_;
  const std::uint64_t writes_wait = arrived(kWrite, at, high + low + write_batch + 1);
  const bool aside = direction_ == kWrite && writes_wait > 0;
  const bool patrols_press = aside ? patrol_.overdue(at) >= Patrol::kGroup : patrol_due;
  const bool reads_wait = patrols_press || arrived(kRead, at, 1) > 0;
  // Without reads writes go on, but down at the low mark the first read that comes turns the bus.
  const bool yields = !reads_wait && writes_wait <= low;
  const std::uint64_t writes_here = yields ? kLeastVisit : std::max(writes_wait - low, kLeastVisit);
  if (direction_ == kRead) {
    const bool pressed = writes_wait > high && batch_ >= read_batch;
    if (writes_wait > 0 && !reads_wait) return {kWrite, writes_here, yields};
    if (writes_wait > 0 && pressed)
      return {kWrite, write_batch > 0 ? write_batch : std::max(writes_wait, low + 1) - low};
    return {kRead, writes_wait > high ? read_batch - batch_ : kNoLimit};
  }
  const bool spent = write_batch > 0 && batch_ >= write_batch;
  if (reads_wait && (writes_wait <= low || spent)) return {kRead, kNoLimit};
  if (!reads_wait && writes_wait == 0) return {kRead, kNoLimit};
  if (!reads_wait) return {kWrite, writes_here, yields};
  return {kWrite, write_batch > 0 ? write_batch - batch_ : writes_wait - low};
}

bool BulkChannel::serve_next(Cycle now, Cycle window) {
  const Cycle until = now + window;
  Cycle starts[2] = {kNeverCycle, kNeverCycle};
  for (const std::size_t direction : {kRead, kWrite}) {
    if (lanes_[direction].waiting.empty()) continue;
    const Entry& head = entries_[lanes_[direction].waiting.front()];
    starts[direction] = std::max(head.arrival, subs_[head.next_bank.sub].busy_until());
  }
  const Cycle first = std::min(starts[kRead], starts[kWrite]);
  const Cycle at = std::max(first <= until ? first : std::min(first, patrol_.due()), arbitration_);
  if (at > until) return false;
  const auto [direction, most, yields] = choose(at);
  if (yields && at > now) return false;
  const bool patrols =
      direction == kRead && patrol_.due() <= at && (starts[kRead] > until || !patrol_would_close_row());
  if (!patrols && starts[direction] > until) return false;
  if (direction != direction_) {
    open_ahead(direction_);
    direction_ = direction;
    batch_ = 0;
    lanes_[direction].switched = at;
  }
  arbitration_ = at;
  if (patrols)
    serve_patrol();
  else
    serve_visit(direction, most);
  return true;
}

Cycle BulkChannel::entered(const Lane& lane, std::uint64_t access, std::uint64_t depth) const {
  if (access < depth || lane.history.empty()) return 0;
  const auto left = static_cast<double>(access - depth + 1);  // that many had to leave
  for (const Progress& step : lane.history) {
    if (left > step.after) continue;
    const double share = std::max(left - step.before, 0.0) / (step.after - step.before);
    return step.begin + static_cast<Cycle>(share * static_cast<double>(step.end - step.begin));
  }
  return lane.history.back().end;
}

std::size_t BulkChannel::first_ready(std::size_t direction) const {
  const Lane& lane = lanes_[direction];
  if (lane.waiting.size() == 1) return 0;
  const bool write = direction == kWrite;
  const std::uint64_t window = depth(direction);
  const Cycle enter = std::max(entered(lane, lane.served, window), lane.switched);
  std::size_t chosen = 0;
  Cycle best = kNeverCycle;
  std::uint64_t ahead = 0;
  for (std::size_t i = 0; i < lane.waiting.size() && ahead < window; ++i) {
    const Entry& e = entries_[lane.waiting[i]];
    if (e.arrival > arbitration_) break;
    const SubChannelService& sub = subs_[e.next_bank.sub];
    const Cycle bus = sub.next_access(write, timing_);
    const Cycle row =
        sub.row_ready(e.next_bank.bank, e.ahead.base.row, write, std::max(e.arrival, enter), timing_);
    if (std::max(row, bus) < best) {
      best = std::max(row, bus);
      chosen = i;
    }
    if (row <= bus) break;  // the bus is not left idle
    ahead += e.end - e.next;
  }
  return chosen;
}

void BulkChannel::open_ahead(std::size_t direction) {
  const DirectionPolicy policy = config_.controller.direction;
  if (policy == DirectionPolicy::interleaved || policy == DirectionPolicy::grouped) return;
  const Lane& lane = lanes_[direction];
  const std::uint64_t window = depth(direction);
  for (SubChannelService& sub : subs_) sub.forget_wanted();
  std::uint64_t ahead = 0;
  for (const Ticket ticket : lane.waiting) {
    const Entry& e = entries_[ticket];
    if (e.arrival > arbitration_) return;
    for (std::uint64_t next = e.next; next < e.end && ahead < window;) {
      const Visit visit = cutter_.cut(next, std::min(e.end - next, window - ahead));
      const Cycle enter = std::max({e.arrival, entered(lane, lane.served + ahead, window), lane.switched});
      for (std::uint32_t nth = 0; nth < visit.lanes; ++nth) {
        const BankIndex bank = cutter_.bank(visit, nth);
        subs_[bank.sub].open_ahead(bank.bank, visit.base.row, direction == kWrite, enter, timing_, counts_);
      }
      next += visit.accesses;
      ahead += visit.accesses;
    }
    if (ahead >= window) return;
  }
}

/// The oldest read has hits left in the row that the patrol would close.
bool BulkChannel::patrol_would_close_row() const {
  const Visit mine = cutter_.cut(patrol_.unit(), 1);
  const BankIndex bank = cutter_.bank(mine, 0);
  const Visit& next = entries_[lanes_[kRead].waiting.front()].ahead;
  if (next.base.row == mine.base.row || !subs_[bank.sub].hits(bank.bank, next.base.row)) return false;
  for (std::uint32_t nth = 0; nth < next.lanes; ++nth) {
    const BankIndex other = cutter_.bank(next, nth);
    if (other.sub == bank.sub && other.bank == bank.bank) return true;
  }
  return false;
}

void BulkChannel::serve_patrol() {
  const Visit visit = cutter_.cut(patrol_.unit(), 1);
  const BankIndex bank = cutter_.bank(visit, 0);
  SubChannelService& sub = subs_[bank.sub];
  const Cycle due = std::max(patrol_.due(), lanes_[kRead].switched);
  const bool miss = !sub.hits(bank.bank, visit.base.row);
  const Cycle slot = miss ? command_bus_.take(due, timing_.precharge_length + timing_.activate_length) : 0;
  const BankWork work{bank.group, bank.bank, 1, slot};
  sub.serve_aside(work, visit.base.row, false, due, timing_, counts_);
  ++counts_.scrub_reads;
  ++batch_;
  if (!patrol_.advance()) return;
  sub.serve_aside(work, visit.base.row, true, due, timing_, counts_);
  ++counts_.scrub_writes;
}

}  // namespace kiln::dram
