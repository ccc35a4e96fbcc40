// SPDX-License-Identifier: MIT
// COMPRESS and REDUCE of gradients that are sent as factors of low rank (compression/power_sgd.h), in rounds:
//
//   COMPRESS 0   each worker: P = M Q, with the Q of the last step; M with its residual
//   REDUCE 0     each tile its slice of the sum of all P
//   COMPRESS 1   each worker: P orthogonalised, Q = M' P, what is left to its residual
//   REDUCE 1     each tile its slice of the sum of all Q, which is kept for the next step
//   REDUCE 2     each tile its rows of P Q', and their update
//
// A round begins where all tiles have ended the one before. Sums stay where the first worker's factor was.
// Internal to lowering.
#pragma once

#include <vector>

#include "lowering/update_tasks.h"

namespace kiln::lowering {

class LowRankTasks {
 public:
  LowRankTasks(const StepPlan& plan, const Operands& operands, const TaskWriter& tasks, Costing& costing,
               UpdateTasks& update);

  /// By the round of the scheduled operation.
  void emit_compress(const TilePart& part);
  void emit_reduce(const TilePart& part);

 private:
  /// Where a layer's factors lie in a worker's payload, in bytes: P of all matrices, Q of all, then what is
  /// sent as it is.
  struct Layout {
    std::uint64_t first = 0, second = 0, plain = 0;
  };
  enum class Piece { first, second, plain };
  enum class Product { first, second, whole };

  Layout layout(const TilePart& part) const;
  /// Of the payload of one worker.
  Operand piece(const TilePart& part, Piece which, int worker) const;
  /// The second factors that are kept from step to step.
  Operand kept_factors(const TilePart& part) const;
  /// A worker's gradient together with its residual, as memory holds it from the first round on.
  Operand gathered(const TilePart& part) const;
  Operand residual(const TilePart& part) const;
  bool has_residual(const TilePart& part) const;
  /// The first worker that has a gradient: sums take the place of its factors. P as it is made orthonormal
  /// takes that of the next one's.
  int home(const TilePart& part) const;
  int beside_home(const TilePart& part) const;

  void form_first(const TilePart& part);
  void orthogonalise(const TilePart& part);
  void form_second(const TilePart& part);
  void keep_rest(const TilePart& part);
  void bring_first(const TilePart& part, Task& task, const Share& of) const;
  void sum(const TilePart& part, const std::vector<Piece>& pieces, bool into_kept);
  void form_gradient(const TilePart& part);

  /// The rows `of` of all matrices of the layer, on the array.
  void add_products(const TilePart& part, Task& task, const Share& of, Product product);
  /// Of all matrices of the layer.
  double factored_elements(const TilePart& part) const;
  double orthogonalise_ops(const TilePart& part) const;
  std::int64_t most_columns(const TilePart& part) const;
  /// Half of the local SRAM holds it, beside what streams through the other half.
  static bool stays(const TilePart& part, const Operand& o) { return 2 * o.bytes <= part.capacity; }
  workload::Precision precision_of(std::int32_t layer) const {
    return precisions_[static_cast<std::size_t>(layer)];
  }

  const StepPlan& plan_;
  const Operands& operands_;
  const TaskWriter& tasks_;
  Costing& costing_;
  UpdateTasks& update_;
  std::vector<workload::Precision> precisions_;  ///< by layer: as its WGRAD's product
};

}  // namespace kiln::lowering
