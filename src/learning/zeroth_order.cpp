// SPDX-License-Identifier: MIT
// A step without gradients on numbers (MeZO; Malladi et al. 2023, algorithm 1).
#include "base/error.h"
#include "learning/direction.h"
#include "learning/step_executor.h"

namespace kiln::learning {

using workload::Role;
using workload::TensorId;

/// Every micro-batch is seen on both sides of the weights.
void StepExecutor::run_zeroth_order(const Fill& fill) {
  for (const workload::Stretch& stretch : workload::stretches_of(context_.graph))
    for (int micro = 0; micro < (stretch.every_micro_batch ? context_.graph.micro_batches : 1); ++micro) {
      if (stretch.every_micro_batch) show(micro, fill);
      for (workload::OpId id = stretch.first; id < stretch.end; ++id)
        run(context_.graph.ops[static_cast<std::size_t>(id)]);
    }
}

/// Mean losses in the order in which the weights were moved: along the direction, against it.
void StepExecutor::project(const workload::Op& op) {
  Tensors& tensors = context_.tensors;
  std::vector<double> means;
  for (const workload::Operand& input : op.inputs) {
    double sum = 0;
    for (int worker = 0; worker < tensors.workers(); ++worker)
      sum += double{tensors.of(input.tensor, worker)[0]};
    means.push_back(sum * context_.error_scale);
  }
  KILN_CHECK(means.size() == 2, "{} losses for a slope", means.size());
  const TensorId slope = find_operand(op.outputs, Role::slope);
  tensors.of(slope, 0)[0] = static_cast<float>((means[0] - means[1]) / (2 * settings_.perturbation));
}

void StepExecutor::perturb(const workload::Op& op) {
  const auto& how = std::get<workload::Perturb>(op.actions.front().operation);
  const TensorId block = find_operand(op.outputs, Role::parameters);
  const workload::Tensor& tensor = context_.graph.tensors[static_cast<std::size_t>(block)];
  const std::span<float> values = context_.tensors.all(block);
  double distance = how.epsilons * settings_.perturbation, kept = 1;
  if (how.descends) {
    const float slope = context_.tensors.of(find_operand(op.inputs, Role::slope), 0)[0];
    distance -= settings_.learning_rate * double{slope};
    kept -= settings_.learning_rate * settings_.weight_decay;
  }
  const std::string& layer = context_.graph.layers[static_cast<std::size_t>(op.layer)].name;
  for (const workload::Part& moved : how.parts) {
    const workload::Part* part = find_part(tensor, moved.kind);
    KILN_CHECK(part != nullptr, "{} lacks a part that is trained", op.name);
    move_along(
        {context_.seed, layer, part->kind, number_}, distance, kept,
        values.subspan(static_cast<std::size_t>(part->offset), static_cast<std::size_t>(part->elements())));
  }
  context_.tensors.touch(block);
  if (context_.memory != nullptr) context_.memory->written(block, 0, values);
}

}  // namespace kiln::learning
