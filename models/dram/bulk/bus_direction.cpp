// SPDX-License-Identifier: MIT
#include "dram/bulk/bus_direction.h"

#include <algorithm>

namespace kiln::dram {

namespace {
constexpr std::uint64_t kNoLimit = ~std::uint64_t{0};
/// Fewer accesses of a burst that is still arriving are not served as a visit of their own.
constexpr std::uint64_t kLeastVisit = 4;
}  // namespace

BusDirection::Choice BusDirection::choose(const BurstQueues& queues, const Patrol& patrol, Cycle at) const {
  return by_age() ? choose_by_age(queues, patrol, at) : choose_by_marks(queues, patrol, at);
}

BusDirection::Choice BusDirection::choose_by_age(const BurstQueues& queues, const Patrol& patrol,
                                                 Cycle at) const {
  if (patrol.due() <= at) return {kReads, kNoLimit};
  const bool no_reads = queues.empty(kReads);
  if (no_reads || queues.empty(kWrites)) return {no_reads ? kWrites : kReads, kNoLimit};
  return {queues.front(kWrites).arrival < queues.front(kReads).arrival ? kWrites : kReads, kNoLimit};
}

BusDirection::Choice BusDirection::choose_by_marks(const BurstQueues& queues, const Patrol& patrol,
                                                   Cycle at) const {
  const bool full = config_.direction == DirectionPolicy::drain_when_full;
  const auto entries = static_cast<double>(queues.queue(kWrites).depth);
  const auto high = static_cast<std::uint64_t>(entries * (full ? 1.0 : config_.write_high));
  const auto low = static_cast<std::uint64_t>(entries * (full ? 0.0 : config_.write_low));
  const std::uint64_t read_batch = static_cast<std::uint64_t>(config_.read_batch) * units_;
  const std::uint64_t write_batch = static_cast<std::uint64_t>(config_.write_batch) * units_;
  const std::uint64_t writes_wait = queues.arrived(kWrites, at, high + low + write_batch + 1);
  const bool aside = direction_ == kWrites && writes_wait > 0;
  const bool patrols_press = aside ? patrol.overdue(at) >= Patrol::kGroup : patrol.due() <= at;
  const bool reads_wait = patrols_press || queues.arrived(kReads, at, 1) > 0;
  // Without reads writes go on, but down at the low mark the first read that comes turns the bus.
  const bool yields = !reads_wait && writes_wait <= low;
  const std::uint64_t writes_here = yields ? kLeastVisit : std::max(writes_wait - low, kLeastVisit);
  if (direction_ == kReads) {
    const bool pressed = writes_wait > high && batch_ >= read_batch;
    if (writes_wait > 0 && !reads_wait) return {kWrites, writes_here, yields};
    if (writes_wait > 0 && pressed)
      return {kWrites, write_batch > 0 ? write_batch : std::max(writes_wait, low + 1) - low};
    return {kReads, writes_wait > high ? read_batch - batch_ : kNoLimit};
  }
  const bool spent = write_batch > 0 && batch_ >= write_batch;
  if (reads_wait && (writes_wait <= low || spent)) return {kReads, kNoLimit};
  if (!reads_wait && writes_wait == 0) return {kReads, kNoLimit};
  if (!reads_wait) return {kWrites, writes_here, yields};
  return {kWrites, write_batch > 0 ? write_batch - batch_ : writes_wait - low};
}

}  // namespace kiln::dram
