// SPDX-License-Identifier: MIT
// Which tensors stay in the tiles' local SRAM between the operation that makes them and those that read them
// soon. Internal to lowering.
#pragma once

#include <cstdint>
#include <vector>

#include "lowering/lower.h"

namespace kiln::lowering {

struct Stay {
  std::int32_t from = -1, to = -1;  ///< positions in the schedule; readers in (from, to] need no load
  bool stored = true;               ///< readers come later, too: it also goes to memory
};

/// The order in which operations run, with what each decides for all tiles.
struct ScheduledOp {
  std::int32_t op = 0;
  Mapping mapping = Mapping::data;
  std::int64_t units = 1;
  bool needs_neighbours = false;  ///< a tile also reads rows that others own
  std::int32_t round = 0;         ///< of COMPRESS and REDUCE of factors, which take several
};

/// `stays[tensor]` for one execution of `schedule`; `reserved[position]` is the local SRAM taken per tile.
struct Residency {
  std::vector<std::vector<Stay>> stays;  ///< by tensor: one per time it is written
  std::vector<std::uint64_t> reserved;
  const Stay* stay_at(workload::TensorId tensor, std::int32_t position) const;
  /// The stay begun by the write at `position`.
  const Stay* begun_at(workload::TensorId tensor, std::int32_t position) const;
};

Residency plan_residency(const workload::StepGraph& graph, const std::vector<ScheduledOp>& schedule,
                         const Target& target, const LoweringOptions& options);

}  // namespace kiln::lowering
