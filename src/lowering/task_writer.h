// SPDX-License-Identifier: MIT
// Appends tasks with their transfers to a tile's program. Internal to lowering.
#pragma once

#include "lowering/costing.h"
#include "lowering/operands.h"

namespace kiln::lowering {

/// Tasks an operation is cut into at least, so that loading, computing and storing overlap.
inline constexpr std::int64_t kPipelineTasks = 4;

/// Between begin() and finish() a task's transfers and work are added.
class TaskWriter {
 public:
  TaskWriter(const StepPlan& plan, const Costing& costing) : plan_(plan), costing_(costing) {}

  /// Valid until the next task of this program begins.
  Task& begin(const TilePart& part) const;
  /// The share `of` of an operand, in bytes of memory; nothing if it is resident.
  void load(const TilePart& part, const Operand& operand, const Share& of, bool with_halo = false) const;
  void store(const TilePart& part, const Operand& operand, const Share& of) const;
  /// Lane operations of the vector unit.
  void add_vector_work(Task& task, double operations) const;
  /// What the gradient codec does for the share `of` of a gradient that the operation writes.
  void add_codec_work(const TilePart& part, Task& task, const Share& of) const;
  void finish(const TilePart& part, Task& task) const;

 private:
  Transfer transfer(const Operand& operand, const Share& of, std::uint64_t bytes) const;

  const StepPlan& plan_;
  const Costing& costing_;
};

}  // namespace kiln::lowering
