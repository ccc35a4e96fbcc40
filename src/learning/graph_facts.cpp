// SPDX-License-Identifier: MIT
#include "learning/graph_facts.h"

#include <algorithm>
#include <variant>

#include "base/error.h"

namespace kiln::learning {

using workload::Op;
using workload::Operand;
using workload::Role;
using workload::TensorId;

std::vector<LayerFacts> facts_of(const workload::StepGraph& graph,
                                 const std::vector<const workload::Network*>& networks) {
  std::vector<LayerFacts> facts;
  for (const workload::Network* network : networks)
    for (const workload::Layer& layer : network->layers) {
      LayerFacts& own = facts.emplace_back();
      for (const workload::ValueRef& input : layer.inputs) own.inputs.push_back(network->shape_of(input));
      own.outputs = layer.outputs;
      for (const workload::Shape& output : own.outputs) own.output_elements += output.elements();
    }
  KILN_CHECK(facts.size() == graph.layers.size(), "a graph of {} layers for networks of {}",
             graph.layers.size(), facts.size());
  for (const workload::Tensor& tensor : graph.tensors)
    if (tensor.cls == workload::TensorClass::weight && tensor.persistent && tensor.layer >= 0 &&
        tensor.name.ends_with(".weight"))
      facts[static_cast<std::size_t>(tensor.layer)].block = tensor.id;
  for (const Op& op : graph.ops) {
    if (op.phase != workload::Phase::forward || op.layer < 0) continue;
    LayerFacts& own = facts[static_cast<std::size_t>(op.layer)];
    const bool array = op.kind == workload::OpKind::gemm || op.kind == workload::OpKind::depthwise;
    const bool folds = std::any_of(op.actions.begin(), op.actions.end(), [](const workload::Action& action) {
      const auto* scale = std::get_if<workload::ScaleShift>(&action.operation);
      return scale != nullptr && scale->stored_statistics;
    });
    if (!array || !folds) continue;
    own.folded_scale = find_operand(op.inputs, Role::quantised);
    if (own.folded_scale == workload::kNone) own.folded_scale = find_operand(op.inputs, Role::parameters);
  }
  return facts;
}

TensorId find_operand(const std::vector<Operand>& operands, Role role, std::int32_t number) {
  for (const Operand& operand : operands)
    if (operand.role == role && operand.number == number) return operand.tensor;
  return workload::kNone;
}

const workload::Part* find_part(const workload::Tensor& tensor, workload::PartKind kind) {
  const auto found = std::find_if(tensor.parts.begin(), tensor.parts.end(),
                                  [&](const workload::Part& part) { return part.kind == kind; });
  return found == tensor.parts.end() ? nullptr : &*found;
}

TensorId find_tensor(const workload::StepGraph& graph, std::string_view name) {
  for (const workload::Tensor& tensor : graph.tensors)
    if (tensor.name == name) return tensor.id;
  return workload::kNone;
}

}  // namespace kiln::learning
