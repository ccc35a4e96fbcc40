// SPDX-License-Identifier: MIT
// One operation on one worker's samples: its operands as numbers, and the value that its fused actions hand
// on.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "learning/step_context.h"

namespace kiln::learning {

class OpRun {
 public:
  OpRun(StepContext& context, const workload::Op& op, int worker);

  StepContext& context() { return context_; }
  const workload::Op& op() const { return op_; }
  int worker() const { return worker_; }
  std::int64_t samples() const { return context_.tensors.samples(worker_); }
  const workload::Tensor& tensor(workload::TensorId id) const {
    return context_.graph.tensors[static_cast<std::size_t>(id)];
  }

  /// What is known of the operation's layer.
  const LayerFacts& layer() const { return context_.facts[static_cast<std::size_t>(op_.layer)]; }

  // Operands.
  bool reads(workload::Role role, std::int32_t number = 0) const;
  bool writes(workload::Role role, std::int32_t number = 0) const;
  workload::TensorId input(workload::Role role, std::int32_t number = 0) const;   ///< must be there
  workload::TensorId output(workload::Role role, std::int32_t number = 0) const;  ///< must be there
  std::span<const float> in(workload::Role role, std::int32_t number = 0);
  std::span<float> out(workload::Role role, std::int32_t number = 0);

  /// A part of the layer's parameters: trained beside them, fake-quantised, or as they are. Must be there.
  std::span<const float> parameters(workload::PartKind kind);
  /// Changes whenever they do.
  std::uint64_t parameters_version(workload::PartKind kind);
  /// Their operand of a product, as the array takes it.
  std::span<const float> array_parameters(workload::PartKind kind);
  std::span<const float> array_operand(workload::TensorId tensor, std::span<const float> values);

  /// A part of the gradient that is written; absent if the layer does not train it.
  std::optional<std::span<float>> gradient(workload::PartKind kind);
  /// Gradients add to what is there.
  bool adds_to_gradient() const { return reads(workload::Role::gradient); }

  // The value handed from action to action. It begins as the error of the layer's outputs or, in a forward
  // operation, its first input.
  std::span<const float> now() const { return now_; }
  /// The same, to change in place.
  std::span<float> change();
  /// Room for the next value; `now` stays as it was until `take` is called with it.
  std::span<float> make(std::int64_t values);
  void take(std::span<float> value) { now_ = changeable_ = value; }
  /// Scales the error by the folded norm that stands behind the layer's product, if one does.
  void pass_folded_norm();

  /// The last action's value goes to the results, unless the actions wrote them themselves.
  void finish();
  void wrote_results() { wrote_results_ = true; }
  bool has_written() const { return wrote_results_; }

 private:
  workload::TensorId parameter_tensor(workload::PartKind kind) const;
  void begin();
  std::span<const float> errors();
  void write_results(workload::Role role);

  StepContext& context_;
  const workload::Op& op_;
  int worker_;
  workload::TensorId only_result_ = workload::kNone;
  std::span<const float> now_;
  std::span<float> changeable_;  ///< the same while it is not an operand
  std::size_t next_scratch_ = 0;
  bool wrote_results_ = false;
  std::vector<Stretch> gradient_parts_;  ///< that were asked for, to be written
};

}  // namespace kiln::learning
