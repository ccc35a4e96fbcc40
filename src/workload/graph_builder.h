// SPDX-License-Identifier: MIT
// Appends tensors and operations to a StepGraph and settles lifetimes at the end.
#pragma once

#include <string>
#include <vector>

#include "workload/step_graph.h"

namespace kiln::workload {

class GraphBuilder {
 public:
  StepGraph& graph() { return graph_; }
  TensorId add(Tensor tensor);
  /// `op` gets its id; reads and writes must name existing tensors.
  OpId add(Op op);
  const Tensor& tensor(TensorId id) const { return graph_.tensors[id]; }
  /// Drops recomputed operations nobody reads, renumbers, sets first and last use of every tensor.
  StepGraph finish();

 private:
  void drop_unread_recomputation();
  void drop_unused_tensors();
  void set_lifetimes();

  StepGraph graph_;
};

}  // namespace kiln::workload
