// SPDX-License-Identifier: MIT
#include "learning/norm_statistics.h"

#include <variant>

#include "learning/graph_facts.h"

namespace kiln::learning {

RunningNorms::RunningNorms(const workload::StepGraph& graph) {
  for (const workload::Op& op : graph.ops) {
    if (op.recompute) continue;
    for (const workload::Action& action : op.actions)
      if (std::holds_alternative<workload::BatchStatistics>(action.operation))
        statistics_.emplace_back(graph.layers[static_cast<std::size_t>(op.layer)].name,
                                 find_operand(op.outputs, workload::Role::statistics));
  }
}

void RunningNorms::observe(Tensors& tensors) {
  for (const auto& [name, id] : statistics_) {
    RunningNorm& running = layers_[name];
    const std::size_t channels = tensors.of(id, 0).size() / 4;
    const bool first = running.mean.empty();
    running.mean.resize(channels);
    running.square.resize(channels);
    const float kept = first ? 0.0f : kKept;
    const float share = (1 - kept) / static_cast<float>(tensors.workers());
    for (std::size_t c = 0; c < channels; ++c) {
      running.mean[c] *= kept;
      running.square[c] *= kept;
      for (int worker = 0; worker < tensors.workers(); ++worker) {
        const float deviation = tensors.of(id, worker)[channels + c];
        running.mean[c] += share * tensors.of(id, worker)[c];
        running.square[c] += share * deviation * deviation;
      }
    }
  }
}

}  // namespace kiln::learning
