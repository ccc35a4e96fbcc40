// SPDX-License-Identifier: MIT
// Writes the tasks of one scheduled operation after another into the tiles' programs. Internal to lowering.
#pragma once

#include "lowering/array_tasks.h"
#include "lowering/low_rank_tasks.h"
#include "lowering/pass_tasks.h"
#include "lowering/stream_tasks.h"
#include "lowering/update_tasks.h"

namespace kiln::lowering {

/// Decides which kind of tasks an operation becomes, and keeps what later operations ask of earlier ones.
class Emitter {
 public:
  /// Adds to `out`; both must outlive this.
  Emitter(const StepPlan& plan, LoweredStep& out);
  Emitter(const Emitter&) = delete;  // its parts refer to one another
  Emitter& operator=(const Emitter&) = delete;

  /// Emits the operation at `position` of the schedule for all tiles.
  void emit(std::int32_t position);

 private:
  void emit_for_tile(const TilePart& part);
  /// COMPRESS as a pass of its own over the gradient.
  void emit_compress(const TilePart& part);
  void mark_ends(const TilePart& part, std::size_t first_task);

  const StepPlan& plan_;
  LoweredStep& out_;
  Costing costing_;
  Operands operands_;
  TaskWriter tasks_;
  ArrayTasks array_;
  StreamTasks stream_;
  UpdateTasks update_;
  LowRankTasks low_rank_;
  PassTasks passes_;
};

}  // namespace kiln::lowering
