// SPDX-License-Identifier: MIT
#include "workload/step_graph.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"

namespace kiln::workload {

std::string_view name_of(Phase phase) {
  switch (phase) {
    case Phase::forward:
      return "forward";
    case Phase::dgrad:
      return "dgrad";
    case Phase::wgrad:
      return "wgrad";
    case Phase::compress:
      return "compress";
    case Phase::reduce:
      return "reduce";
    case Phase::update:
      return "update";
  }
  KILN_CHECK(false, "unknown phase {}", static_cast<int>(phase));
}

std::string_view name_of(TensorClass cls) {
  switch (cls) {
    case TensorClass::input:
      return "inputs";
    case TensorClass::weight:
      return "weights";
    case TensorClass::activation:
      return "activations";
    case TensorClass::saved:
      return "saved activations";
    case TensorClass::error:
      return "errors";
    case TensorClass::weight_gradient:
      return "weight gradients";
    case TensorClass::optimizer_state:
      return "optimizer states";
    case TensorClass::master_weight:
      return "master weights";
    case TensorClass::statistics:
      return "statistics";
  }
  KILN_CHECK(false, "unknown class of tensors {}", static_cast<int>(cls));
}

namespace {

/// Weights are not what the other actions of their product visit.
bool visits_weights(const Action& action) {
  return std::holds_alternative<Dequantise>(action.operation);
}

/// Lane operations on weights, spread over what the others visit.
void add_weight_work(const std::vector<Action>& actions, VectorWork& work) {
  for (const Action& action : actions) {
    if (!visits_weights(action)) continue;
    if (work.elements == 0) work.elements = action.elements;
    work.ops_per_element += lanes_of(action.operation, action.derivative).per_element *
                            static_cast<double>(action.elements) /
                            static_cast<double>(work.elements * work.passes);
  }
}

/// The passes of the fused actions become those of the longest; sums that are formed anyway cost nothing
/// more.
VectorWork vector_work(const std::vector<Action>& actions) {
  VectorWork work;
  for (const Action& action : actions) {
    if (visits_weights(action)) continue;
    work.elements = std::max(work.elements, action.elements);
    work.passes = std::max(work.passes, lanes_of(action.operation, action.derivative).passes);
  }
  for (const Action& action : actions) {
    if (action.elements == 0 || visits_weights(action)) continue;
    const LaneWork lanes = lanes_of(action.operation, action.derivative);
    work.ops_per_element +=
        lanes.passes == work.passes ? lanes.per_element : lanes.per_element * lanes.passes / work.passes;
  }
  if (work.ops_per_element == 0) work.elements = 0;
  add_weight_work(actions, work);
  return work;
}

std::vector<TensorId> distinct(const std::vector<Operand>& operands) {
  std::vector<TensorId> list;
  for (const Operand& operand : operands)
    if (std::find(list.begin(), list.end(), operand.tensor) == list.end()) list.push_back(operand.tensor);
  return list;
}

}  // namespace

void Op::read(Role role, TensorId tensor, std::int32_t number) {
  if (tensor != kNone) inputs.push_back({role, tensor, number, {}});
}

void Op::write(Role role, TensorId tensor, std::int32_t number) {
  if (tensor != kNone) outputs.push_back({role, tensor, number, {}});
}

void Op::run(Operation operation, std::int64_t elements, Derivative derivative) {
  actions.push_back({std::move(operation), derivative, elements});
}

const Part* factor_of(const Op& op, const Tensor& block) {
  const auto* experts =
      op.actions.empty() ? nullptr : std::get_if<ExpertProduct>(&op.actions.front().operation);
  if (experts == nullptr || experts->weights == PartKind::weight) return nullptr;
  const auto found = std::find_if(block.parts.begin(), block.parts.end(),
                                  [&](const Part& part) { return part.kind == experts->weights; });
  return found == block.parts.end() ? nullptr : &*found;
}

Positions positions_of(const Op& op, TensorId tensor) {
  for (const auto* operands : {&op.inputs, &op.outputs})
    for (const Operand& operand : *operands)
      if (operand.tensor == tensor) return operand.positions;
  return {};
}

void finish_op(Op& op, std::int64_t samples) {
  KILN_CHECK(!op.actions.empty(), "operation {} computes nothing", op.name);
  const Action& first = op.actions.front();
  op.kind = kind_of(first.operation);
  op.gemm = gemm_of(first.operation, first.derivative, samples);
  if (const ConvShape* window = window_of(first.operation)) op.conv = *window;
  op.vector = vector_work(op.actions);
  op.reads = distinct(op.inputs);
  op.writes = distinct(op.outputs);
}

std::int64_t Tensor::bytes() const {
  return static_cast<std::int64_t>(std::ceil(static_cast<double>(elements()) * bits_per_element / 8.0));
}

std::int64_t StepGraph::macs(Phase phase) const {
  std::int64_t sum = 0;
  for (const Op& op : ops)
    if (op.phase == phase) sum += op.gemm.macs();
  return sum;
}

bool StepGraph::is_zeroth_order() const {
  return std::any_of(ops.begin(), ops.end(), [](const Op& op) { return op.kind == OpKind::project; });
}

std::vector<Stretch> stretches_of(const StepGraph& graph) {
  std::vector<Stretch> stretches;
  for (const Op& op : graph.ops) {
    const bool forward = op.phase == Phase::forward;
    if (stretches.empty() || stretches.back().every_micro_batch != forward)
      stretches.push_back({op.id, op.id, forward});
    stretches.back().end = op.id + 1;
  }
  return stretches;
}

std::int64_t StepGraph::parameters() const {
  std::int64_t sum = 0;
  for (const LayerInfo& layer : layers) sum += layer.parameters;
  return sum;
}

std::int64_t StepGraph::trainable_parameters() const {
  std::int64_t sum = 0;
  for (const LayerInfo& layer : layers) sum += layer.trainable_parameters;
  return sum;
}

}  // namespace kiln::workload
