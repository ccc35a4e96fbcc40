// SPDX-License-Identifier: MIT
// Tasks of products on the MAC array: tiled GEMMs and batches of small ones. Internal to lowering.
#pragma once

#include <map>
#include <utility>

#include "lowering/attention_tasks.h"
#include "lowering/task_writer.h"
#include "lowering/tiler.h"

namespace kiln::lowering {

class ArrayTasks {
 public:
  ArrayTasks(const StepPlan& plan, const Operands& operands, const TaskWriter& tasks, Costing& costing)
      : plan_(plan),
        operands_(operands),
        tasks_(tasks),
        costing_(costing),
        attention_(plan, tasks, costing) {}

  /// Nothing if the tile has no part of the product.
  void emit(const TilePart& part);

 private:
  /// One of a tile's products.
  struct TileProduct {
    GemmShape shape;
    Flows flows;
    double lanes = 1;  ///< its share of the operation's lane operations
    Share gradient;    ///< its share of a gradient that is coded behind it
  };

  void emit_product(const TilePart& part, const TileProduct&);
  /// A product for each expert of which the tile has rows.
  void emit_experts(const TilePart& part, const workload::ExpertProduct&, const GemmShape& shape,
                    const Flows& flows, double lanes);
  Tiling tiling_of(const workload::Op& op, const GemmShape& shape, const TilingProblem& problem);
  /// Remembered: tiles and layers ask again for equal ones.
  Tiling tiling_for(const TilePart& part, const GemmShape& shape, const Operand& a, const Operand& b,
                    const Flows& rest);
  void emit_tiles(const TilePart& part, const TileProduct&, const Operand& a, const Operand& b,
                  const Flows& rest);
  void emit_repeats(const TilePart& part, const GemmShape& shape, const Flows& flows);

  const StepPlan& plan_;
  const Operands& operands_;
  const TaskWriter& tasks_;
  Costing& costing_;
  AttentionTasks attention_;
  std::map<std::pair<TilingProblem, GemmWork>, Tiling> tilings_;
};

}  // namespace kiln::lowering
