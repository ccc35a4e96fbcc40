// SPDX-License-Identifier: MIT
#include "dram/exact/fr_fcfs_by_age.h"

namespace kiln::dram {

void FrFcfsByAge::served(const ServedAccess& served) {
  last_write_ = served.access.write;
  FrFcfs::served(served);
}

std::int32_t FrFcfsByAge::hit(int bank) const {
  const RequestQueues& queues = state_.queues;
  const std::int32_t read = queues.list(bank, false).hit, write = queues.list(bank, true).hit;
  if (grouped_)
    if (const std::int32_t same = last_write_ ? write : read; same != kNone) return same;
  return queues.older(read, write);
}

void FrFcfsByAge::add_columns(Pick& best) {
  const RequestQueues& queues = state_.queues;
  for (const bool write : {false, true})
    for (const std::int32_t bank : queues.busy(write)) {
      if (write && queues.list(bank, false).count > 0) continue;  // seen with the reads
      if (state_.refresh_holds(bank)) continue;
      if (const std::int32_t slot = hit(bank); slot != kNone)
        candidates_.access(best, bank, slot, Rank::queue);
    }
}

void FrFcfsByAge::add_rows(Pick& best) {
  const RequestQueues& queues = state_.queues;
  for (const bool write : {false, true})
    for (const std::int32_t bank : queues.busy(write)) {
      const RequestQueues::List &reads = queues.list(bank, false), &writes = queues.list(bank, true);
      if ((write && reads.count > 0) || state_.refresh_holds(bank)) continue;
      candidates_.row(best, bank,
                      {.head = queues.older(reads.head, writes.head),
                       .hit = queues.older(reads.hit, writes.hit),
                       .miss = queues.older(reads.miss, writes.miss)});
    }
}

}  // namespace kiln::dram
