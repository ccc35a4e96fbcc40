// SPDX-License-Identifier: MIT
#include "dram/bulk/refresh_outlook.h"

#include <algorithm>

namespace kiln::dram {

void RefreshOutlook::expect(std::size_t direction, const QueuedBurst& served, const Visit& visit,
                            Cycle arbitration, const TimingTable& timing) {
  const Cycle spacing = direction == kReads ? timing.read_to_read : timing.write_to_write;
  const Cycle length = static_cast<Cycle>(visit.accesses) * spacing;
  Cycle begin = kNeverCycle, refresh = kNeverCycle;
  for (const SubChannelService& sub : subs_) {
    begin = std::min(begin, sub.busy_until());
    refresh = std::min(refresh, sub.next_refresh());
  }
  begin = std::max(begin, arbitration);
  if (refresh > begin + length) return;
  std::fill(queued_.begin(), queued_.end(), 0);
  std::fill(opened_.begin(), opened_.end(), 0);
  note(served, served.next, visit.accesses, false);
  // When the refresh comes, part of the visit is done, and as much of what is behind it has entered.
  const std::uint64_t window = queues_.queue(direction).depth;
  const auto done = static_cast<std::uint64_t>(std::max<Cycle>(refresh - begin, 0) / spacing);
  const std::uint64_t left = visit.accesses - std::min<std::uint64_t>(done, visit.accesses);
  std::uint64_t behind = note(served, served.next + visit.accesses, window - std::min(left, window), true);
  for (const Ticket ticket : queues_.queue(direction).waiting) {
    const QueuedBurst& burst = queues_[ticket];
    if (behind == 0 || burst.arrival > refresh) break;
    if (&burst != &served) behind = note(burst, burst.next, behind, true);
  }
  const BurstQueues::Queue& opposite = queues_.queue(other(direction));
  behind = opposite.depth;
  for (const Ticket ticket : opposite.waiting) {
    const QueuedBurst& burst = queues_[ticket];
    if (behind == 0 || burst.arrival > refresh) break;
    behind = note(burst, burst.next, behind, false);
  }
  for (std::size_t sub = 0; sub < subs_.size(); ++sub) subs_[sub].expect(queued_[sub], opened_[sub]);
}

std::uint64_t RefreshOutlook::note(const QueuedBurst& burst, std::uint64_t from, std::uint64_t window,
                                   bool opened) {
  while (from < burst.end && window > 0) {
    const Visit visit = cutter_.cut(from, std::min(burst.end - from, window));
    for (std::uint32_t nth = 0; nth < visit.lanes; ++nth) {
      const BankIndex bank = cutter_.bank(visit, nth);
      const std::uint64_t bit = std::uint64_t{1} << bank.bank;
      if (opened && (queued_[bank.sub] & bit) == 0 && !subs_[bank.sub].hits(bank.bank, visit.base.row))
        ++opened_[bank.sub];
      queued_[bank.sub] |= bit;
    }
    from += visit.accesses;
    window -= visit.accesses;
  }
  return window;
}

}  // namespace kiln::dram
