// SPDX-License-Identifier: MIT
// Which burst of a queue is served next, and which rows are open by then.
#pragma once

#include <vector>

#include "dram/bulk/burst_queues.h"
#include "dram/bulk_service.h"

namespace kiln::dram {

/// First ready, first come, within the queue window. Refers to the channel's parts, which must outlive it.
class VisitOrder {
 public:
  VisitOrder(const BurstQueues& queues, std::vector<SubChannelService>& subs, const VisitCutter& cutter)
      : queues_(queues), subs_(subs), cutter_(cutter) {}

  /// Place in its queue of the burst to serve at `at`: the oldest, or one behind it in the queue window whose
  /// row is ready sooner while the oldest's bank would leave the bus idle.
  std::size_t first_ready(std::size_t direction, Cycle at, const TimingTable& timing) const;
  /// Before the direction turns at `at`: opens rows for requests in the queue window, as the controller has
  /// done by then. Rows that the other direction closes are opened again later.
  void open_ahead(std::size_t direction, Cycle at, const TimingTable& timing, CommandCounts& counts);

 private:
  /// Opens what a burst needs of the window, of which `ahead` accesses are taken; returns how many then are.
  std::uint64_t open_ahead(const QueuedBurst& burst, std::size_t direction, std::uint64_t ahead,
                           const TimingTable& timing, CommandCounts& counts);

  const BurstQueues& queues_;
  std::vector<SubChannelService>& subs_;
  const VisitCutter& cutter_;
};

}  // namespace kiln::dram
