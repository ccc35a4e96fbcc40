// SPDX-License-Identifier: MIT
// Tasks of REDUCE and UPDATE. Internal to lowering.
#pragma once

#include <vector>

#include "lowering/task_writer.h"

namespace kiln::lowering {

class UpdateTasks {
 public:
  UpdateTasks(const StepPlan& plan, const Operands& operands, const TaskWriter& tasks,
              std::vector<std::int32_t>& participants)
      : plan_(plan),
        operands_(operands),
        tasks_(tasks),
        participants_(participants),
        last_weight_use_(plan.graph.layers.size(), -1) {}

  /// The sum of all workers' gradients, each chunk updated as soon as it is there.
  void emit_reduce(const TilePart& part);
  /// Of a layer whose gradient nobody else has.
  void emit_update(const TilePart& part);
  /// The update of a chunk of the parameters, behind its REDUCE or by itself.
  void emit_chunk(const TilePart& part, const Share& chunk, bool gradient_resident);
  /// The operation at `position` reads the layer's weights: they must not change before.
  void note_weight_use(std::int32_t layer, std::int32_t position) {
    last_weight_use_[static_cast<std::size_t>(layer)] = position;
  }

 private:
  /// The gradients to sum: what every worker has of the layer.
  Operand source_of_sum(const TilePart& part) const;

  const StepPlan& plan_;
  const Operands& operands_;
  const TaskWriter& tasks_;
  std::vector<std::int32_t>& participants_;    ///< of the lowered step, by place in the schedule
  std::vector<std::int32_t> last_weight_use_;  ///< by layer: DGRAD that must precede the UPDATE
};

}  // namespace kiln::lowering
