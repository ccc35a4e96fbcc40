// SPDX-License-Identifier: MIT
// The loss, and the error that the backward pass begins with.
#include "workload/layers/emission.h"
#include "workload/step_state.h"

namespace kiln::workload {
namespace {

/// On those outputs of the network that a layer has. `teacher`: as many as the network's outputs.
void emit_loss_of(StepState& s, int layer, const std::vector<TensorId>& teacher) {
  Op op = s.op(layer, "loss", Phase::forward);
  std::int64_t elements = 0;
  for (const ValueRef& output : s.network.outputs)
    if (output.layer == layer) elements += s.elements(s.shape_of(output));
  op.run(Loss{s.network.loss, !teacher.empty()}, elements);
  for (std::size_t i = 0; i < s.network.outputs.size(); ++i) {
    const ValueRef& output = s.network.outputs[i];
    if (output.layer == layer) op.read(Role::data, s.readable(output), output.output);
  }
  for (std::size_t i = 0; i < teacher.size(); ++i)
    if (s.network.outputs[i].layer == layer) op.read(Role::teacher, teacher[i], s.network.outputs[i].output);
  if (s.config.loss_scaling.kind != LossScalingKind::none) op.run(ScaleLoss{}, elements);
  for (const ValueRef& output : s.network.outputs)
    if (output.layer == layer && s.plan.live(layer)) write_error(s, output, op, output.output);
  if (s.config.kind == TrainingKind::zeroth_order) write_loss(s, layer, op);
  s.add_always(std::move(op));  // also where nothing is trained and no error is written
}

}  // namespace

void emit_loss(StepState& s, const std::vector<TensorId>& teacher) {
  for (const int layer : s.network.output_layers()) emit_loss_of(s, layer, teacher);
}

}  // namespace kiln::workload
