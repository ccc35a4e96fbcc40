// SPDX-License-Identifier: MIT
// Bytes and events of memory and network in what a shortened step leaves out: the programs say how many
// bytes, what was simulated how many events go with them.
#pragma once

#include <array>
#include <initializer_list>
#include <vector>

#include "lowering/repetition.h"
#include "run/repeated_work.h"

namespace kiln::run {

/// Of the tasks that `r` leaves out; `descriptor_bytes` go over the network with each operation.
soc::TrafficTotals traffic_left_out(const lowering::LoweredStep& whole, const lowering::Repetition& r,
                                    std::uint64_t descriptor_bytes);

/// Events that belong to no layer, by block and kind, in all that is left out of a repetition.
class EventsLeftOut {
 public:
  /// `unit` was counted while the unit ran that stands for `units`; `work` is what layers add in all of them.
  EventsLeftOut(const soc::StepRecord& simulated, std::vector<stats::Counts> unit, std::int64_t units,
                const WorkRecords& work);
  std::int64_t of(std::size_t block, stats::ActivityKind kind) const;

 private:
  /// How many events would go with what layers add, for each that is counted in the units.
  double share_of(double added, double simulated, std::initializer_list<stats::ActivityKind> kinds) const;

  std::vector<stats::Counts> unit_;
  std::int64_t units_;
  stats::Counts all_{}, in_unit_{};
  std::array<double, 5> shares_{1, 1, 1, 1, 1};  ///< by what events come with
};

}  // namespace kiln::run
