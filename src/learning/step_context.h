// SPDX-License-Identifier: MIT
// What the operations of a step on numbers share.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "learning/graph_facts.h"
#include "learning/loss.h"
#include "learning/op_cache.h"
#include "learning/stretch.h"
#include "learning/tensors.h"
#include "learning/weight_history.h"
#include "workload/step_graph.h"

namespace kiln::learning {

/// What the outputs shall be, for the samples of a micro-batch in order: a class per position for cross
/// entropy, a value per output for mean squared error.
struct Targets {
  std::vector<std::int32_t> classes;
  std::vector<float> values;
};

/// What lies between arithmetic and memory: formats that values are rounded to, cells that fail.
class MemoryModel {
 public:
  virtual ~MemoryModel() = default;
  /// `values` were written to what `worker` sees of the tensor; what a later read gives replaces them.
  virtual void written(workload::TensorId tensor, int worker, std::span<float> values) = 0;
  /// The same of a gradient of which an operation wrote these parts only: what others wrote has been read
  /// back before.
  virtual void written_gradient(workload::TensorId tensor, int worker, std::span<float> values,
                                std::span<const Stretch> parts) = 0;
  /// What arrives of a gradient: `coded`, it was written as a code, elsewhere than the gradient; else it has
  /// been read back where it was written.
  virtual void sent_gradient(workload::TensorId tensor, int worker, std::span<float> values, bool coded) = 0;
  /// What was written of what the codec of a layer remembers for the next step.
  virtual void written_residual(int layer, int worker, std::span<float> values) = 0;
  /// The operand of a product as the array of this operation takes it: `values` or what is put in `scratch`.
  virtual std::span<const float> operand(const workload::Op& op, workload::TensorId tensor,
                                         std::span<const float> values, std::vector<float>& scratch) = 0;
};

struct StepContext {
  StepContext(const workload::StepGraph& of, const std::vector<const workload::Network*>& networks,
              int workers)
      : graph(of),
        tensors(of, workers),
        joined(of.tensors.size()),
        facts(facts_of(of, networks)),
        losses(static_cast<std::size_t>(workers)) {
    for (const workload::Op& op : of.ops)
      for (const workload::Operand& output : op.outputs)
        if (op.all_reduce) joined[static_cast<std::size_t>(output.tensor)] = true;
  }

  /// Whether the sums that an operation on a norm reads are those of all workers.
  bool joins_statistics(const workload::Op& op) const {
    const workload::TensorId sums = find_operand(op.inputs, workload::Role::sums);
    return sums != workload::kNone && joined[static_cast<std::size_t>(sums)];
  }

  const workload::StepGraph& graph;
  Tensors tensors;
  std::vector<bool> joined;       ///< by tensor: sums of all workers
  std::vector<LayerFacts> facts;  ///< by layer
  OpCache cache;
  MemoryModel* memory = nullptr;     ///< nothing: fp32, and no cell fails
  WeightHistory* history = nullptr;  ///< nothing: gradients are of today's weights
  Targets targets;
  std::uint64_t seed = 0;          ///< of the directions of zeroth order
  double error_scale = 1;          ///< of the loss: its scale over the terms of all samples of the step
  Teacher teacher;                 ///< what a distilled loss gives to it
  std::vector<LossTotals> losses;  ///< by worker, of this step
  std::array<std::vector<float>, 4> scratch;  ///< of the operation that runs
};

}  // namespace kiln::learning
