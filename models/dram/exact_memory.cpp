// SPDX-License-Identifier: MIT
#include "dram/exact_memory.h"

#include <algorithm>

#include "base/error.h"

namespace kiln::dram {

namespace {

/// An access is known to the channel by its burst and its place in it.
constexpr int kIndexBits = 24;
constexpr std::uint64_t kIndexMask = (std::uint64_t{1} << kIndexBits) - 1;

}  // namespace

ExactMemory::ExactMemory(const DramConfig& config, base::TimePs start, const Operating& operating)
    : config_(config),
      map_(config.organisation, true),
      clock_(operating.clock_hz, start),
      operating_(operating),
      channel_(config, resolve(config, operating.clock_hz, operating.refresh_rate), operating.clock_hz) {
  channel_.report_completions(&completions_);
}

Ticket ExactMemory::submit(const Burst& burst) {
  Entry added{.burst = burst, .range = accesses_of(config_, burst), .out = {}};
  KILN_CHECK(added.range.size() <= kIndexMask, "DRAM {}: burst of {} bytes", config_.name, burst.bytes);
  Feed& feed = feeds_[burst.write];
  feed.submitted += added.range.size();
  added.order_end = feed.submitted;
  if (!burst.write && !unused_.empty()) {
    added.out = std::move(unused_.back());
    unused_.pop_back();
  }
  if (!burst.write) added.out.assign(added.range.size(), base::kNever);
  const Ticket ticket = entries_.push(std::move(added));
  feed.waiting.push_back(ticket);
  if (feed.waiting.size() == 1) make_next(feed);
  return ticket;
}

void ExactMemory::make_next(Feed& feed) {
  const Ticket ticket = feed.waiting.front();
  const Entry& e = entries_[ticket];
  const std::uint64_t index = e.range.size() - (e.order_end - feed.taken);
  feed.next = access_at(config_.organisation, map_.decode(e.range.first + index), e.burst.write,
                        ticket << kIndexBits | index);
  const auto streamed =
      static_cast<double>(std::max(e.burst.last_arrival - e.burst.arrival, base::TimePs{0}));
  const double share = static_cast<double>(index) / static_cast<double>(e.range.size());
  feed.due = clock_.next_cycle(e.burst.arrival + static_cast<base::TimePs>(share * streamed));
}

Cycle ExactMemory::feed_channel() {
  Cycle again = kNeverCycle;
  for (Feed& feed : feeds_) {
    while (!feed.waiting.empty() && feed.due <= channel_.now() && channel_.can_accept(feed.next)) {
      channel_.accept(feed.next, channel_.now(), feed.due);
      if (++feed.taken == entries_[feed.waiting.front()].order_end) feed.waiting.pop_front();
      if (!feed.waiting.empty()) make_next(feed);
    }
    if (!feed.waiting.empty())
      again = std::min(again, feed.due > channel_.now() ? feed.due : channel_.accept_again());
  }
  return again;
}

void ExactMemory::settle(base::TimePs now) {
  // The commands of a cycle are chosen when all that arrives in it is there.
  const Cycle until = clock_.next_cycle(now) - 1;
  while (channel_.now() <= until) {
    const Cycle more = feed_channel();
    if (input_ended_ && feeds_[0].waiting.empty() && feeds_[1].waiting.empty()) channel_.end_input();
    if (channel_.step(std::min(until, more)) == kNeverCycle && channel_.now() == until) break;
  }
  collect();
  const auto forgotten = [](const Entry& e) { return e.closed && e.complete(); };
  for (; !entries_.empty() && forgotten(entries_.front()); entries_.pop())
    if (!entries_.front().out.empty()) unused_.push_back(std::move(entries_.front().out));
}

void ExactMemory::collect() {
  for (const Completion& done : completions_)
    note(entries_[done.id >> kIndexBits], done.id & kIndexMask, clock_.time_of(done.at));
  completions_.clear();
}

void ExactMemory::note(Entry& e, std::uint64_t index, base::TimePs at) {
  ++e.done;
  e.first = std::min(e.first, at);
  e.last = std::max(e.last, at);
  if (e.burst.write) return;
  e.out[index] = at;
  for (; e.in_order < e.out.size() && e.out[e.in_order] != base::kNever; ++e.in_order)
    if (e.in_order > 0) e.out[e.in_order] = std::max(e.out[e.in_order], e.out[e.in_order - 1]);
}

Cycle ExactMemory::taken_by(bool write, std::uint64_t ahead) const {
  // One more goes in for each that a column command takes out.
  const std::uint64_t room = channel_.room(write);
  const TimingTable& timing = channel_.timing();
  const Cycle spacing = std::min(timing.read_to_read, timing.write_to_write);
  return channel_.now() + 1 +
         static_cast<Cycle>(ahead > room ? ahead - room : 0) * spacing / config_.organisation.pseudo_channels;
}

Cycle ExactMemory::soonest(const Entry& e, std::uint64_t nth) const {
  const Feed& feed = feeds_[e.burst.write];
  const std::uint64_t order = e.order_end - e.range.size() + nth;  // how many are taken before it
  const bool taken = order < feed.taken;
  const Cycle command = taken ? channel_.now() + 1 : taken_by(e.burst.write, order + 1 - feed.taken);
  // What waits in front of the queues may be served by a queued write, as soon as it is taken. What is
  // complete in the cycle of its command is known after it.
  return command + (taken && !e.burst.write ? channel_.timing().read_data_end : 1);
}

Curve ExactMemory::forecast(Ticket ticket) const {
  KILN_CHECK(entries_.holds(ticket) && !entries_[ticket].closed, "DRAM ticket {} is not open", ticket);
  const Entry& e = entries_[ticket];
  if (e.complete()) return {e.first, e.last};
  const base::TimePs soon = clock_.time_of(soonest(e, e.range.size() - 1));
  if (e.done == 0) return {std::min(clock_.time_of(soonest(e, 0)), soon), soon};
  return {e.first, std::max(e.last, soon)};
}

bool ExactMemory::final(Ticket ticket) const {
  return ticket < entries_.first() || entries_[ticket].complete();
}

base::TimePs ExactMemory::data_ready(Ticket ticket, std::uint64_t bytes) const {
  KILN_CHECK(entries_.holds(ticket) && !entries_[ticket].closed, "DRAM ticket {} is not open", ticket);
  const Entry& e = entries_[ticket];
  const auto unit = static_cast<std::uint64_t>(config_.organisation.access_bytes);
  const std::uint64_t end = (e.burst.address + std::min(bytes, e.burst.bytes) + unit - 1) / unit;
  const std::uint64_t nth = std::max(end, e.range.first + 1) - e.range.first - 1;
  if (nth < e.in_order) return e.out[nth];
  return clock_.time_of(soonest(e, nth));
}

void ExactMemory::close(Ticket ticket) {
  KILN_CHECK(entries_.holds(ticket), "DRAM ticket {} is not open", ticket);
  entries_[ticket].closed = true;
}

void ExactMemory::set_operating(base::TimePs now, const Operating& operating) {
  settle(now);
  if (operating.clock_hz != operating_.clock_hz)
    change_clock(operating);
  else if (operating.refresh_rate != operating_.refresh_rate)
    channel_.set_refresh_rate(operating.refresh_rate);
  operating_ = operating;
}

/// Rows are closed, the interface trains at the new clock, and the queues go on as they are.
void ExactMemory::change_clock(const Operating& operating) {
  const Cycle quiet = channel_.quiesce();
  collect();  // in the cycles of the old clock
  const base::TimePs ready_at = clock_.time_of(quiet) + base::from_seconds(config_.controller.retraining_s);
  const Cycle ready = clock_.next_cycle(ready_at);
  clock_ = clock_.changed(operating.clock_hz, ready_at);
  channel_.resume(ready, operating.clock_hz, operating.refresh_rate);
  for (Feed& feed : feeds_)
    if (!feed.waiting.empty()) make_next(feed);
}

void ExactMemory::log_to(ExertionLog* log) {
  exertions_.write_to(log);
  channel_.log_to(log != nullptr ? &exertions_ : nullptr);
}

void ExactMemory::drain() {
  constexpr Cycle kStride = 256;
  end_input();
  while (waiting_accesses(false) + waiting_accesses(true) > 0)
    settle(clock_.time_of(channel_.now() + kStride));
}

std::uint64_t ExactMemory::waiting_accesses(bool write) const {
  const Feed& feed = feeds_[write];
  return feed.submitted - feed.taken + channel_.queued(write);
}

}  // namespace kiln::dram
