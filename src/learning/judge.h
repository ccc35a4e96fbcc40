// SPDX-License-Identifier: MIT
// A network under training, judged on samples that it does not learn from: its forward pass alone, norms by
// running statistics, low-rank factors merged, weights in the formats that it computes with.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "learning/data/dataset.h"
#include "learning/norm_statistics.h"
#include "learning/step_executor.h"
#include "learning/stored_values.h"

namespace kiln::learning {

class Judge {
 public:
  /// All but `formats` must outlive it.
  Judge(const workload::Network& network, const workload::TrainingConfig& training, const Dataset& samples,
        const DataConfig& data, const FormatsConfig& formats, std::uint64_t seed);

  /// Takes the weights of a training as they are now.
  void take(StepExecutor& trained, const RunningNorms& norms);
  LossTotals judge();
  /// As it was last taken, by name of the tensor.
  std::map<std::string, std::vector<float>> weights();
  /// Cells that fail while it is judged.
  StoredValues& memory() { return memory_; }
  const workload::StepGraph& graph() const { return graph_; }

 private:
  void take_layer(const workload::Tensor& block, StepExecutor& trained, const RunningNorms& norms);
  void add_low_rank(std::span<const float> down, std::span<const float> up, const workload::Tensor& block);

  const workload::Network& network_;
  const workload::TrainingConfig training_;
  const Dataset& samples_;
  const DataConfig& data_;
  workload::StepGraph graph_;
  StepExecutor executor_;
  StoredValues memory_;
  workload::TensorId output_ = workload::kNone;
};

}  // namespace kiln::learning
