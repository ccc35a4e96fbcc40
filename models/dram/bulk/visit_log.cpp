// SPDX-License-Identifier: MIT
#include "dram/bulk/visit_log.h"

#include <algorithm>
#include <utility>

namespace kiln::dram {

void VisitLog::write_to(ExertionLog* log) {
  log_ = log;
  replanned();
}

void VisitLog::replanned() {
  next_refresh_.clear();
  for (const SubChannelService& sub : subs_) next_refresh_.push_back(sub.next_refresh());
}

void VisitLog::served(const CommandCounts& counts, const ServiceTimes& times) {
  if (log_ == nullptr) return;
  const CommandCounts fresh = counts - std::exchange(seen_, counts);
  if (fresh.activates > 0) {
    const Cycle begin = std::max<Cycle>(times.first - timing_.act_to_read, 0);
    add(*log_, {.begin = time(begin),
                .end = time(begin + timing_.act_to_pre),
                .activates = static_cast<std::int64_t>(fresh.activates)});
  }
  const std::uint64_t reads = fresh.reads + fresh.scrub_reads, writes = fresh.writes + fresh.scrub_writes;
  const Cycle spacing = writes > 0 ? timing_.write_to_write : timing_.read_to_read;
  // Check bits lie in the row of the data and are accessed as it is.
  const std::uint64_t check_reads = writes > 0 ? 0 : fresh.check_accesses;
  add(*log_, {.begin = time(times.first),
              .end = time(std::max(times.first, times.last) + spacing),  // a refresh may have cut it
              .reads = static_cast<std::int64_t>(reads + check_reads),
              .writes = static_cast<std::int64_t>(writes + fresh.check_accesses - check_reads)});
  note_refreshes(fresh);
}

void VisitLog::settled(const CommandCounts& counts) {
  if (log_ == nullptr) return;
  CommandCounts fresh = counts - seen_;
  seen_.refreshes_all_bank = counts.refreshes_all_bank;
  seen_.refreshes_per_bank = counts.refreshes_per_bank;
  note_refreshes(fresh);
}

void VisitLog::note_refreshes(const CommandCounts& fresh) {
  const bool one_bank = timing_.refresh_policy == RefreshPolicy::per_bank;
  const Cycle interval = one_bank ? timing_.refresh_bank_interval : timing_.refresh_interval;
  const Cycle length = one_bank ? timing_.refresh_bank_to_act : timing_.refresh_to_act;
  std::uint64_t left = fresh.refreshes_all_bank + fresh.refreshes_per_bank;
  for (std::size_t sub = 0; sub < subs_.size(); ++sub) {
    Cycle& due = next_refresh_[sub];
    for (; due < subs_[sub].next_refresh() && left > 0; due += interval, --left)
      add(*log_, {.begin = time(due),
                  .end = time(due + length),
                  .refreshes_all_bank = one_bank ? 0 : 1,
                  .refreshes_per_bank = one_bank ? 1 : 0});
    due = subs_[sub].next_refresh();  // further where it slept
  }
}

}  // namespace kiln::dram
