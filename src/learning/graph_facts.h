// SPDX-License-Identifier: MIT
// What the executor derives from a network and its step graph once, layer by layer.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "workload/network.h"
#include "workload/step_graph.h"

namespace kiln::learning {

struct LayerFacts {
  workload::TensorId block = workload::kNone;  ///< its parameters, as the chip computes with them
  /// As the layer sees its inputs and outputs: a tensor that is a view of another has that one's shape.
  std::vector<workload::Shape> inputs, outputs;
  std::int64_t output_elements = 0;  ///< per sample, of all outputs together
  /// Block with the scale of a norm by stored statistics that follows the layer's product: its backward pass
  /// is through the folded weights, so errors are scaled first. kNone without.
  workload::TensorId folded_scale = workload::kNone;
};

/// `networks`: those whose layers the graph has, in their order: the network, and a teacher behind it.
std::vector<LayerFacts> facts_of(const workload::StepGraph& graph,
                                 const std::vector<const workload::Network*>& networks);

/// The tensor of a role among operands; kNone if there is none.
workload::TensorId find_operand(const std::vector<workload::Operand>& operands, workload::Role role,
                                std::int32_t number = 0);
/// The part of a kind; nullptr if there is none.
const workload::Part* find_part(const workload::Tensor& tensor, workload::PartKind kind);
/// kNone if there is none of that name.
workload::TensorId find_tensor(const workload::StepGraph& graph, std::string_view name);

}  // namespace kiln::learning
