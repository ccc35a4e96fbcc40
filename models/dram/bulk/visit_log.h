// SPDX-License-Identifier: MIT
// What the visits of a bulk channel come to in commands, for whoever asked for a log of them.
#pragma once

#include <span>

#include "dram/bulk_service.h"
#include "dram/exertion.h"

namespace kiln::dram {

class VisitLog {
 public:
  VisitLog(const base::Clock& clock, const TimingTable& timing, const std::vector<SubChannelService>& subs)
      : clock_(clock), timing_(timing), subs_(subs) {}

  void write_to(ExertionLog* log);
  /// All that `counts` has more than when this was called last, by a visit with accesses at these cycles, in
  /// front of which rows were opened; refreshes when they fell due.
  void served(const CommandCounts& counts, const ServiceTimes& times);
  /// The same where nothing was served.
  void settled(const CommandCounts& counts);
  /// Refreshes fall due at other times from now on.
  void replanned();

 private:
  base::TimePs time(Cycle cycle) const { return clock_.time_of(cycle); }
  void note_refreshes(const CommandCounts& fresh);

  const base::Clock& clock_;
  const TimingTable& timing_;
  const std::vector<SubChannelService>& subs_;
  ExertionLog* log_ = nullptr;
  CommandCounts seen_;
  std::vector<Cycle> next_refresh_;  ///< by sub-channel, of those that were not seen yet
};

}  // namespace kiln::dram
