// SPDX-License-Identifier: MIT
#include "workload/expert_load.h"

namespace kiln::workload {

std::optional<ExpertLoad> expert_load(const StepGraph& graph) {
  ExpertLoad load;
  for (const Op& op : graph.ops) {
    if (op.phase != Phase::forward || op.recompute) continue;
    for (const Action& action : op.actions) {
      const auto* choice = std::get_if<TopK>(&action.operation);
      if (choice == nullptr || choice->capacity == 0) continue;
      load.wanted += graph.batch * choice->wanted_rows();
      load.kept += graph.batch * choice->kept_rows();
      load.computed += graph.batch * choice->rows_behind();
    }
  }
  if (load.wanted == 0) return {};
  return load;
}

}  // namespace kiln::workload
