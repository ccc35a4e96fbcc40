// SPDX-License-Identifier: MIT
// What a refresh finds in the queue window of a bulk channel.
#pragma once

#include <vector>

#include "dram/bulk/burst_queues.h"
#include "dram/bulk_service.h"

namespace kiln::dram {

/// Refers to the channel's parts, which must outlive it.
class RefreshOutlook {
 public:
  RefreshOutlook(const BurstQueues& queues, std::vector<SubChannelService>& subs, const VisitCutter& cutter)
      : queues_(queues), subs_(subs), cutter_(cutter), queued_(subs.size()), opened_(subs.size()) {}

  /// Tells the sub-channels whose next refresh falls into this visit of `served`, from `arbitration` on, what
  /// waits behind it.
  void expect(std::size_t direction, const QueuedBurst& served, const Visit& visit, Cycle arbitration,
              const TimingTable& timing);

 private:
  /// Notes the banks of the first `window` accesses from `from` on; returns how many of them are left.
  std::uint64_t note(const QueuedBurst& burst, std::uint64_t from, std::uint64_t window, bool opened);

  const BurstQueues& queues_;
  std::vector<SubChannelService>& subs_;
  const VisitCutter& cutter_;
  std::vector<std::uint64_t> queued_;  ///< scratch, by sub-channel: its banks with requests
  std::vector<int> opened_;            ///< the same: rows opened behind the visit
};

}  // namespace kiln::dram
