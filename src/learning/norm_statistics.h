// SPDX-License-Identifier: MIT
// Statistics of batch norms that judging uses: running means of those of the batches, workers averaged.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "learning/tensors.h"

namespace kiln::learning {

struct RunningNorm {
  std::vector<float> mean, square;  ///< per channel: mean, and squared deviation with epsilon in it
};

class RunningNorms {
 public:
  explicit RunningNorms(const workload::StepGraph& graph);
  /// Takes in the statistics of the step that was executed.
  void observe(Tensors& tensors);
  const std::map<std::string, RunningNorm>& layers() const { return layers_; }
  std::map<std::string, RunningNorm>& layers() { return layers_; }

 private:
  static constexpr float kKept = 0.9f;  // of the old mean, as usual
  std::vector<std::pair<std::string, workload::TensorId>> statistics_;
  std::map<std::string, RunningNorm> layers_;
};

}  // namespace kiln::learning
