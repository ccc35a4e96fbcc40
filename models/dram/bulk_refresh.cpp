// SPDX-License-Identifier: MIT
// What a refresh finds in the queue window of a bulk channel.
#include <algorithm>
#include <bit>

#include "dram/bulk_channel.h"

namespace kiln::dram {

void BulkChannel::expect_refreshes(std::size_t direction, const Entry& served, const Visit& visit) {
  if (config_.refresh.policy == RefreshPolicy::none) return;
  const Cycle spacing = direction == kRead ? timing_.read_to_read : timing_.write_to_write;
  const Cycle length = static_cast<Cycle>(visit.accesses) * spacing;
  Cycle begin = kNeverCycle, refresh = kNeverCycle;
  for (const SubChannelService& sub : subs_) {
    begin = std::min(begin, sub.busy_until());
    refresh = std::min(refresh, sub.next_refresh());
  }
  begin = std::max(begin, arbitration_);
  if (refresh > begin + length) return;
  std::fill(queued_.begin(), queued_.end(), 0);
  std::fill(opened_.begin(), opened_.end(), 0);
  note_queued(served, served.next, visit.accesses, false);
  // When the refresh comes, part of the visit is done, and as much of what is behind it has entered.
  const std::uint64_t window = depth(direction);
  const auto done = static_cast<std::uint64_t>(std::max<Cycle>(refresh - begin, 0) / spacing);
  const std::uint64_t left = visit.accesses - std::min<std::uint64_t>(done, visit.accesses);
  std::uint64_t behind =
      note_queued(served, served.next + visit.accesses, window - std::min(left, window), true);
  for (const Ticket ticket : lanes_[direction].waiting) {
    const Entry& other = entries_[ticket];
    if (behind == 0 || other.arrival > refresh) break;
    if (&other != &served) behind = note_queued(other, other.next, behind, true);
  }
  behind = depth(kRead + kWrite - direction);
  for (const Ticket ticket : lanes_[kRead + kWrite - direction].waiting) {
    if (behind == 0 || entries_[ticket].arrival > refresh) break;
    behind = note_queued(entries_[ticket], entries_[ticket].next, behind, false);
  }
  for (std::size_t sub = 0; sub < subs_.size(); ++sub) subs_[sub].expect(queued_[sub], opened_[sub]);
}

std::uint64_t BulkChannel::note_queued(const Entry& entry, std::uint64_t from, std::uint64_t window,
                                       bool opened) {
  while (from < entry.end && window > 0) {
    const Visit visit = cutter_.cut(from, std::min(entry.end - from, window));
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
