// SPDX-License-Identifier: MIT
#include "dram/bulk/visit_order.h"

#include <algorithm>

namespace kiln::dram {

std::size_t VisitOrder::first_ready(std::size_t direction, Cycle at, const TimingTable& timing) const {
  const BurstQueues::Queue& queue = queues_.queue(direction);
  if (queue.waiting.size() == 1) return 0;
  const bool write = direction == kWrites;
  const Cycle enter = std::max(queue.entered(), queue.switched);
  std::size_t chosen = 0;
  Cycle best = kNeverCycle;
  std::uint64_t ahead = 0;
  for (std::size_t i = 0; i < queue.waiting.size() && ahead < queue.depth; ++i) {
    const QueuedBurst& burst = queues_[queue.waiting[i]];
    if (burst.arrival > at) break;
    const SubChannelService& sub = subs_[burst.next_bank.sub];
    const Cycle bus = sub.next_access(write, timing);
    const Cycle row = sub.row_ready(burst.next_bank.bank, burst.ahead.base.row, write,
                                    std::max(burst.arrival, enter), timing);
    if (std::max(row, bus) < best) {
      best = std::max(row, bus);
      chosen = i;
    }
    if (row <= bus) break;  // the bus is not left idle
    ahead += burst.left();
  }
  return chosen;
}

void VisitOrder::open_ahead(std::size_t direction, Cycle at, const TimingTable& timing,
                            CommandCounts& counts) {
  const BurstQueues::Queue& queue = queues_.queue(direction);
  for (SubChannelService& sub : subs_) sub.forget_wanted();
  std::uint64_t ahead = 0;
  for (const Ticket ticket : queue.waiting) {
    const QueuedBurst& burst = queues_[ticket];
    if (burst.arrival > at) return;
    ahead = open_ahead(burst, direction, ahead, timing, counts);
    if (ahead >= queue.depth) return;
  }
}

std::uint64_t VisitOrder::open_ahead(const QueuedBurst& burst, std::size_t direction, std::uint64_t ahead,
                                     const TimingTable& timing, CommandCounts& counts) {
  const BurstQueues::Queue& queue = queues_.queue(direction);
  for (std::uint64_t next = burst.next; next < burst.end && ahead < queue.depth;) {
    const Visit visit = cutter_.cut(next, std::min(burst.end - next, queue.depth - ahead));
    const Cycle enter = std::max({burst.arrival, queue.entered(ahead), queue.switched});
    for (std::uint32_t nth = 0; nth < visit.lanes; ++nth) {
      const BankIndex bank = cutter_.bank(visit, nth);
      subs_[bank.sub].open_ahead(bank.bank, visit.base.row, direction == kWrites, enter, timing, counts);
    }
    next += visit.accesses;
    ahead += visit.accesses;
  }
  return ahead;
}

}  // namespace kiln::dram
