// SPDX-License-Identifier: MIT
// Tasks of products on the MAC array: tiled GEMMs and batches of small ones. Internal to lowering.
#pragma once

#include <map>
#include <utility>

#include "lowering/task_writer.h"
#include "lowering/tiler.h"

namespace kiln::lowering {

class ArrayTasks {
 public:
  ArrayTasks(const StepPlan& plan, const Operands& operands, const TaskWriter& tasks, Costing& costing)
      : plan_(plan), operands_(operands), tasks_(tasks), costing_(costing) {}

  /// Nothing if the tile has no part of the product.
  void emit(const TilePart& part);

 private:
  Tiling tiling_of(const workload::Op& op, const GemmShape& shape, const TilingProblem& problem);
  /// Remembered: tiles and layers ask again for equal ones.
  Tiling tiling_for(const TilePart& part, const GemmShape& shape, const Operand& a, const Operand& b,
                    const Flows& rest);
  void emit_tiles(const TilePart& part, const GemmShape& shape, const Operand& a, const Operand& b,
                  const Flows& rest);
  void emit_repeats(const TilePart& part, const GemmShape& shape, const Flows& flows);

  const StepPlan& plan_;
  const Operands& operands_;
  const TaskWriter& tasks_;
  Costing& costing_;
  std::map<std::pair<TilingProblem, GemmWork>, Tiling> tilings_;
};

}  // namespace kiln::lowering
