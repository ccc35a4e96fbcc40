// SPDX-License-Identifier: MIT
// Tasks of a step of zeroth order between its forward passes: passes over the weights, each tile over its
// share of them, and the sum of the losses. Internal to lowering.
#pragma once

#include <vector>

#include "lowering/task_writer.h"

namespace kiln::lowering {

class PassTasks {
 public:
  PassTasks(const StepPlan& plan, const Operands& operands, const TaskWriter& tasks)
      : plan_(plan), operands_(operands), tasks_(tasks), last_read_(plan.graph.tensors.size(), -1) {}

  /// Reads a layer's parameters and writes them where they lie, under whatever mapping.
  void emit_perturb(const TilePart& part);
  /// One tile reads the losses of all workers and leaves the slope for all.
  void emit_projection(const TilePart& part);
  /// The operation at `position` has read its tensors: parameters must not change before.
  void note_reads(const workload::Op& op, std::int32_t position);

 private:
  /// Readers of the old values, and whoever makes the slope, come first.
  Dependency before_change(const workload::Op& op) const;

  const StepPlan& plan_;
  const Operands& operands_;
  const TaskWriter& tasks_;
  std::vector<std::int32_t> last_read_;  ///< by tensor: place in the schedule
};

}  // namespace kiln::lowering
