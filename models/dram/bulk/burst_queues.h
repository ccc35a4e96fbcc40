// SPDX-License-Identifier: MIT
// What waits on a bulk channel: bursts in order of arrival, one queue for reads and one for writes.
#pragma once

#include <cstdint>
#include <deque>

#include "base/numbered_queue.h"
#include "dram/bulk/departures.h"
#include "dram/memory_engine.h"
#include "dram/visit.h"

namespace kiln::dram {

/// Index of a queue, and which way the bus goes.
enum BurstDirection : std::size_t { kReads = 0, kWrites = 1 };
constexpr BurstDirection other(std::size_t direction) {
  return direction == kReads ? kWrites : kReads;
}

/// A burst from its arrival until nobody asks for it any more.
struct QueuedBurst {
  Burst burst;
  std::uint64_t begin = 0, next = 0, end = 0;  ///< accesses: the first, the next to serve, past the last
  std::uint64_t order_end = 0;                 ///< accesses queued in its direction up to and including it
  Cycle arrival = 0, last_arrival = 0;         ///< of its first and last data or request
  Visit ahead;                                 ///< what it has left in the block of `next`
  BankIndex next_bank;                         ///< of the first access of that
  Curve curve;
  bool begun = false;
  bool final = false;  ///< `curve` is the answer
  bool served = false;
  bool closed = false;

  std::uint64_t all() const { return end - begin; }
  std::uint64_t left() const { return end - next; }
  /// Cycle at which an access's data or request is there.
  Cycle arrival_of(std::uint64_t access) const {
    const auto stream = static_cast<double>(last_arrival - arrival);
    return arrival +
           static_cast<Cycle>(stream * static_cast<double>(access - begin) / static_cast<double>(all()));
  }
};

class BurstQueues {
 public:
  struct Queue {
    std::deque<Ticket> waiting;
    std::uint64_t queued = 0;  ///< accesses ever queued
    std::uint64_t served = 0;
    Departures departures;
    std::uint64_t depth = 1;  ///< accesses that the controller sees at once
    Cycle switched = 0;       ///< the channel last turned to this direction
    std::uint64_t left() const { return queued - served; }
    /// When the `ahead`-th of the accesses that wait entered the queue under this direction.
    Cycle entered(std::uint64_t ahead = 0) const { return departures.entered(served + ahead, depth); }
  };

  BurstQueues(const DramConfig& config, const VisitCutter& cutter);

  /// Appends a burst whose data arrives at these cycles; it waits behind those that arrive before it.
  Ticket push(const Burst& burst, Cycle arrival, Cycle last_arrival);
  /// The burst at `place` of its queue moved `accesses` on, in the cycles of `times`. True if it is served.
  bool serve(std::size_t direction, std::size_t place, std::uint64_t accesses, const ServiceTimes& times);
  /// Lets go of what was served, answered and closed.
  void forget_closed();

  /// Accesses of a direction that are there at `at`; the count stops at `enough`.
  std::uint64_t arrived(std::size_t direction, Cycle at, std::uint64_t enough) const;
  bool empty(std::size_t direction) const { return queues_[direction].waiting.empty(); }
  Queue& queue(std::size_t direction) { return queues_[direction]; }
  const Queue& queue(std::size_t direction) const { return queues_[direction]; }
  /// The oldest of a direction, which must not be empty.
  const QueuedBurst& front(std::size_t direction) const {
    return bursts_[queues_[direction].waiting.front()];
  }
  QueuedBurst& operator[](Ticket ticket) { return bursts_[ticket]; }
  const QueuedBurst& operator[](Ticket ticket) const { return bursts_[ticket]; }
  bool holds(Ticket ticket) const { return bursts_.holds(ticket); }
  Ticket first() const { return bursts_.first(); }
  Ticket end() const { return bursts_.end(); }

 private:
  /// Computed once per visit, read at every arbitration.
  void find_next_bank(QueuedBurst& burst) const;

  const DramConfig& config_;
  const VisitCutter& cutter_;
  base::NumberedQueue<QueuedBurst> bursts_;
  Queue queues_[2];
};

}  // namespace kiln::dram
