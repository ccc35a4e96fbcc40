// SPDX-License-Identifier: MIT
// Tasks of attention whose scores stay on the tile: blocks of queries and keys, one product of a head after
// the other. Internal to lowering.
#pragma once

#include <vector>

#include "lowering/attention_walk.h"
#include "lowering/operands.h"
#include "lowering/task_writer.h"

namespace kiln::lowering {

class AttentionTasks {
 public:
  AttentionTasks(const StepPlan& plan, const TaskWriter& tasks, Costing& costing)
      : plan_(plan), tasks_(tasks), costing_(costing) {}

  /// `products` heads of samples are the tile's; `flows` what it reads and writes for all of them.
  void emit(const TilePart& part, const workload::TiledAttention&, std::int64_t products, const Flows& flows);

 private:
  /// Operands by the side whose rows they have. Forward queries stay, backward keys do.
  struct Sides {
    Flows staying, streaming;
  };
  Sides sides_of(const TilePart& part, const Flows& flows) const;
  AttentionSides problem_of(const TilePart& part, const workload::TiledAttention&) const;
  void emit_product(const TilePart& part, const workload::TiledAttention&, const Sides& product,
                    const std::vector<AttentionStep>& steps, double lanes);
  void emit_step(const TilePart& part, const workload::TiledAttention&, const Sides& product,
                 const AttentionStep& step, double lanes);
  std::vector<GemmShape> products_of(const TilePart& part, const workload::TiledAttention&,
                                     const AttentionStep& step) const;

  const StepPlan& plan_;
  const TaskWriter& tasks_;
  Costing& costing_;
};

}  // namespace kiln::lowering
