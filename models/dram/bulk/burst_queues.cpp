// SPDX-License-Identifier: MIT
#include "dram/bulk/burst_queues.h"

#include <algorithm>

namespace kiln::dram {

namespace {

/// Accesses that the controller has in its queues at once.
std::uint64_t window_of(const ControllerConfig& c, std::size_t direction, std::uint64_t banks) {
  const auto own = static_cast<std::uint64_t>(direction == kReads ? c.read_queue : c.write_queue);
  const std::uint64_t by_bank = static_cast<std::uint64_t>(c.bank_queue) * banks;
  switch (c.queue) {
    case QueueKind::shared:
      return own;
    case QueueKind::two_stage:
      return own + by_bank;
    case QueueKind::bank:
      return by_bank;
  }
  return 1;
}

}  // namespace

BurstQueues::BurstQueues(const DramConfig& config, const VisitCutter& cutter)
    : config_(config), cutter_(cutter) {
  for (const std::size_t direction : {kReads, kWrites})
    queues_[direction].depth = window_of(config.controller, direction, cutter.lanes());
}

void BurstQueues::find_next_bank(QueuedBurst& burst) const {
  burst.ahead = cutter_.cut(burst.next, burst.left());
  burst.next_bank = cutter_.bank(burst.ahead, 0);
}

Ticket BurstQueues::push(const Burst& burst, Cycle arrival, Cycle last_arrival) {
  const auto [from, end] = accesses_of(config_, burst);
  Queue& queue = queues_[burst.write ? kWrites : kReads];
  queue.queued += end - from;
  QueuedBurst added{.burst = burst,
                    .begin = from,
                    .next = from,
                    .end = end,
                    .order_end = queue.queued,
                    .arrival = arrival,
                    .last_arrival = last_arrival,
                    .ahead = {},
                    .next_bank = {},
                    .curve = {}};
  find_next_bank(added);
  const Ticket ticket = bursts_.push(added);
  // Bursts are mostly handed in by arrival.
  auto place = queue.waiting.end();
  while (place != queue.waiting.begin() && bursts_[*(place - 1)].arrival > arrival) --place;
  queue.waiting.insert(place, ticket);
  return ticket;
}

bool BurstQueues::serve(std::size_t direction, std::size_t place, std::uint64_t accesses,
                        const ServiceTimes& times) {
  Queue& queue = queues_[direction];
  queue.departures.add(accesses, times);
  queue.served += accesses;
  queue.departures.forget(static_cast<double>(queue.served) - static_cast<double>(queue.depth));
  QueuedBurst& burst = bursts_[queue.waiting[place]];
  burst.begun = true;
  burst.next += accesses;
  burst.served = burst.next == burst.end;
  if (burst.served)
    queue.waiting.erase(queue.waiting.begin() + static_cast<std::ptrdiff_t>(place));
  else
    find_next_bank(burst);
  return burst.served;
}

void BurstQueues::forget_closed() {
  const auto forgotten = [](const QueuedBurst& b) { return b.closed && b.served && b.final; };
  while (!bursts_.empty() && forgotten(bursts_.front())) bursts_.pop();
}

std::uint64_t BurstQueues::arrived(std::size_t direction, Cycle at, std::uint64_t enough) const {
  std::uint64_t total = 0;
  for (const Ticket ticket : queues_[direction].waiting) {
    const QueuedBurst& burst = bursts_[ticket];
    if (burst.arrival > at) break;
    if (burst.last_arrival <= at) {
      total += burst.left();
    } else {  // write data still coming in
      const auto here = static_cast<std::uint64_t>(static_cast<double>(burst.all()) *
                                                   static_cast<double>(at - burst.arrival) /
                                                   static_cast<double>(burst.last_arrival - burst.arrival));
      const std::uint64_t gone = burst.all() - burst.left();
      total += std::clamp<std::uint64_t>(here > gone ? here - gone : 0, 1, burst.left());
    }
    if (total >= enough) break;
  }
  return total;
}

}  // namespace kiln::dram
