// SPDX-License-Identifier: MIT
#include "learning/initial.h"

#include <algorithm>
#include <cmath>

#include "base/rng.h"
#include "learning/graph_facts.h"

namespace kiln::learning {

using workload::Part;
using workload::PartKind;

namespace {

constexpr double kTableDeviation = 0.02;

bool is_table(const workload::LayerInfo& layer) {
  return layer.kind == "embedding" || layer.kind == "positions";
}

double bound_of(const workload::Tensor& block, const Part& part, const workload::LayerInfo& layer) {
  if (layer.kind == "moe_experts")  // (experts, out, in)
    return 1 / std::sqrt(static_cast<double>(part.extents.back()));
  if (const Part* recurrent = find_part(block, PartKind::recurrent_weight))
    return 1 / std::sqrt(static_cast<double>(recurrent->extents.back()));
  const Part* weight = find_part(block, PartKind::weight);
  const Part& of = weight == nullptr ? part : *weight;
  const double inputs = static_cast<double>(of.elements()) / static_cast<double>(of.extents.front());
  return 1 / std::sqrt(inputs);
}

void fill_part(const workload::Tensor& block, const Part& part, const workload::LayerInfo& layer,
               base::Rng& rng, std::span<float> values) {
  switch (part.kind) {
    case PartKind::scale:
    case PartKind::deviation:
      return std::fill(values.begin(), values.end(), 1.0f);
    case PartKind::shift:
    case PartKind::mean:
    case PartKind::flag:
    case PartKind::scalar:
    case PartKind::low_rank_up:
      return std::fill(values.begin(), values.end(), 0.0f);
    case PartKind::operand:  // that changes nothing
      return std::fill(values.begin(), values.end(),
                       layer.kind == "mul" || layer.kind == "div" ? 1.0f : 0.0f);
    case PartKind::class_token:
    case PartKind::weight:
    case PartKind::recurrent_weight:
    case PartKind::bias:
    case PartKind::recurrent_bias:
    case PartKind::low_rank_down:
      break;
  }
  if (is_table(layer) || part.kind == PartKind::class_token) {
    for (float& value : values) value = static_cast<float>(kTableDeviation * rng.normal());
    return;
  }
  const double bound = bound_of(block, part, layer);
  for (float& value : values) value = static_cast<float>(bound * (2 * rng.uniform() - 1));
}

/// Lets the masters of all weights have their values.
void copy_to_masters(const workload::StepGraph& graph, Tensors& tensors) {
  for (const workload::Op& op : graph.ops) {
    const workload::TensorId master = find_operand(op.outputs, workload::Role::master),
                             weight = find_operand(op.outputs, workload::Role::parameters);
    if (master == workload::kNone) continue;
    const workload::Tensor& to = graph.tensors[static_cast<std::size_t>(master)];
    const workload::Tensor& from = graph.tensors[static_cast<std::size_t>(weight)];
    for (const Part& part : to.parts) {
      const Part* source = find_part(from, part.kind);
      const auto values = tensors.all(weight).subspan(static_cast<std::size_t>(source->offset),
                                                      static_cast<std::size_t>(source->elements()));
      std::copy(values.begin(), values.end(), tensors.all(master).begin() + part.offset);
    }
  }
}

}  // namespace

void fill_initial(const workload::StepGraph& graph, Tensors& tensors, std::uint64_t seed) {
  for (const workload::Tensor& tensor : graph.tensors) {
    if (tensor.cls != workload::TensorClass::weight || !tensor.persistent) continue;
    const workload::LayerInfo& layer = graph.layers[static_cast<std::size_t>(tensor.layer)];
    for (const Part& part : tensor.parts) {
      base::Rng rng(seed, layer.name, "initial", static_cast<std::uint64_t>(part.kind));
      fill_part(tensor, part, layer, rng,
                tensors.all(tensor.id).subspan(static_cast<std::size_t>(part.offset),
                                               static_cast<std::size_t>(part.elements())));
    }
    tensors.touch(tensor.id);
  }
  copy_to_masters(graph, tensors);
}

}  // namespace kiln::learning
