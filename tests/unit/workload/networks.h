// SPDX-License-Identifier: MIT
// Small networks and look-ups for the unit tests of workload.
#pragma once

#include <algorithm>
#include <string>

#include "base/error.h"
#include "config/load.h"
#include "config/node.h"
#include "workload/expand.h"

namespace kiln::workload {

inline NetworkConfig parse(const std::string& layers,
                           const std::string& input = "{channels: 3, height: 16, width: 16}") {
  const std::string text = "name: test\nsource: test\ninput: " + input + "\nlayers:\n" + layers;
  return config::read_tree<NetworkConfig>(config::parse_yaml("test.yaml", text), "").value;
}

/// Two convolutions with batch norm around a residual block with a depthwise layer, and a classifier.
inline NetworkConfig residual_network() {
  return parse(R"(
  - {name: stem, op: conv, out: 8, kernel: 3, norm: batch, act: relu}
  - {name: expand, op: conv, out: 24, norm: batch, act: relu6}
  - {name: dw, op: depthwise, kernel: 3, norm: batch, act: relu6}
  - {name: project, op: conv, out: 8, norm: batch}
  - {name: add, op: add, from: [project, stem]}
  - {name: down, op: conv, out: 16, kernel: 3, stride: 2, norm: batch, act: relu}
  - {name: pool, op: global_pool}
  - {name: fc, op: linear, out: 10}
)");
}

inline NetworkConfig transformer() {
  return parse(R"(
  - {name: table, op: embedding, entries: 50, out: 16}
  - {name: places, op: positions}
  - {name: ln1, op: layernorm}
  - {name: qkv, op: linear, out: 48, split: 3}
  - {name: qk, op: attention_scores, heads: 4}
  - {name: av, op: attention_values, from: [qk, qkv]}
  - {name: proj, op: linear, out: 16}
  - {name: add, op: add, from: [proj, places]}
  - {name: ln2, op: layernorm}
  - {name: fc, op: linear, out: 32, act: gelu}
  - {name: head, op: linear, out: 16}
  - {name: logits, op: linear, out: 50, tied: table, bias: false}
)",
               "{channels: 1, height: 12, width: 1}");
}

inline bool has_op(const StepGraph& graph, const std::string& name) {
  return std::any_of(graph.ops.begin(), graph.ops.end(), [&](const Op& op) { return op.name == name; });
}

inline const Op& find_op(const StepGraph& graph, const std::string& name) {
  for (const Op& op : graph.ops)
    if (op.name == name) return op;
  throw base::SimError("no operation called " + name);
}

inline const Tensor& find_tensor(const StepGraph& graph, const std::string& name) {
  for (const Tensor& tensor : graph.tensors)
    if (tensor.name == name) return tensor;
  throw base::SimError("no tensor called " + name);
}

inline bool reads(const StepGraph& graph, const std::string& op, const std::string& tensor) {
  const auto& list = find_op(graph, op).reads;
  return std::any_of(list.begin(), list.end(), [&](TensorId id) { return graph.tensors[id].name == tensor; });
}

inline bool writes(const StepGraph& graph, const std::string& op, const std::string& tensor) {
  const auto& list = find_op(graph, op).writes;
  return std::any_of(list.begin(), list.end(), [&](TensorId id) { return graph.tensors[id].name == tensor; });
}

inline std::int64_t macs(const StepGraph& graph) {
  return graph.macs(Phase::forward) + graph.macs(Phase::dgrad) + graph.macs(Phase::wgrad);
}

inline double vector_ops(const StepGraph& graph) {
  double sum = 0;
  for (const Op& op : graph.ops)
    sum += static_cast<double>(op.vector.elements) * op.vector.ops_per_element * op.vector.passes;
  return sum;
}

/// The text of the ConfigError that `action` throws, or empty.
template <class Action>
std::string config_error(Action action) {
  try {
    action();
  } catch (const base::ConfigError& error) {
    return error.what();
  }
  return {};
}

}  // namespace kiln::workload
