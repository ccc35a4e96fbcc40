// SPDX-License-Identifier: MIT
#include "workload/graph_builder.h"

#include <algorithm>

#include "base/error.h"

namespace kiln::workload {

TensorId GraphBuilder::add(Tensor tensor) {
  tensor.id = static_cast<TensorId>(graph_.tensors.size());
  graph_.tensors.push_back(std::move(tensor));
  return graph_.tensors.back().id;
}

OpId GraphBuilder::add(Op op) {
  op.id = static_cast<OpId>(graph_.ops.size());
  finish_op(op, graph_.batch);
  const auto count = static_cast<TensorId>(graph_.tensors.size());
  for (const auto* list : {&op.reads, &op.writes})
    for (const TensorId id : *list)
      KILN_CHECK(id >= 0 && id < count, "operation {} uses tensor {}", op.name, id);
  graph_.ops.push_back(std::move(op));
  return graph_.ops.back().id;
}

StepGraph GraphBuilder::finish() {
  drop_unread_recomputation();
  drop_unused_tensors();
  set_lifetimes();
  return std::move(graph_);
}

void GraphBuilder::drop_unread_recomputation() {
  std::vector<bool> read(graph_.tensors.size(), false);
  std::vector<bool> keep(graph_.ops.size(), true);
  for (std::size_t i = graph_.ops.size(); i-- > 0;) {
    const Op& op = graph_.ops[i];
    keep[i] = !op.recompute ||
              std::any_of(op.writes.begin(), op.writes.end(), [&](TensorId id) { return read[id]; });
    if (!keep[i]) continue;
    for (const TensorId id : op.reads) read[id] = true;
  }
  std::vector<Op> kept;
  for (std::size_t i = 0; i < graph_.ops.size(); ++i) {
    if (!keep[i]) continue;
    graph_.ops[i].id = static_cast<OpId>(kept.size());
    kept.push_back(std::move(graph_.ops[i]));
  }
  graph_.ops = std::move(kept);
}

void GraphBuilder::drop_unused_tensors() {
  std::vector<TensorId> renumbered(graph_.tensors.size(), kNone);
  std::vector<bool> used(graph_.tensors.size(), false);
  for (const Op& op : graph_.ops)
    for (const auto* list : {&op.reads, &op.writes})
      for (const TensorId id : *list) used[id] = true;
  std::vector<Tensor> kept;
  for (std::size_t i = 0; i < graph_.tensors.size(); ++i) {
    if (!used[i] && !graph_.tensors[i].persistent) continue;
    renumbered[i] = static_cast<TensorId>(kept.size());
    kept.push_back(std::move(graph_.tensors[i]));
    kept.back().id = renumbered[i];
  }
  graph_.tensors = std::move(kept);
  for (Op& op : graph_.ops) {
    for (auto* list : {&op.reads, &op.writes})
      for (TensorId& id : *list) id = renumbered[id];
    for (auto* list : {&op.inputs, &op.outputs})
      for (Operand& operand : *list) operand.tensor = renumbered[operand.tensor];
  }
}

void GraphBuilder::set_lifetimes() {
  for (const Op& op : graph_.ops) {
    for (const auto* list : {&op.reads, &op.writes}) {
      for (const TensorId id : *list) {
        Tensor& tensor = graph_.tensors[id];
        if (tensor.first_op == kNone) tensor.first_op = op.id;
        tensor.last_op = op.id;
      }
    }
  }
  const auto last = static_cast<OpId>(graph_.ops.size()) - 1;
  for (Tensor& tensor : graph_.tensors) {
    if (!tensor.persistent) continue;
    tensor.first_op = 0;
    tensor.last_op = last;
  }
}

}  // namespace kiln::workload
