// SPDX-License-Identifier: MIT
// How full the experts of a step's mixtures are.
#pragma once

#include <cstdint>
#include <optional>

#include "workload/step_graph.h"

namespace kiln::workload {

/// Rows of one micro-batch's forward pass, of all mixtures whose experts have a capacity together, as they
/// are to be expected (TopK::rows).
struct ExpertLoad {
  std::int64_t wanted = 0;    ///< a row for each expert of each token
  std::int64_t kept = 0;      ///< of these, for which there is room
  std::int64_t computed = 0;  ///< by the experts, empty ones counted

  double dropped_share() const { return 1 - static_cast<double>(kept) / static_cast<double>(wanted); }
  double empty_share() const { return 1 - static_cast<double>(kept) / static_cast<double>(computed); }
};

/// Absent where no expert has a capacity.
std::optional<ExpertLoad> expert_load(const StepGraph&);

}  // namespace kiln::workload
