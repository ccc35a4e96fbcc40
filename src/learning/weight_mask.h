// SPDX-License-Identifier: MIT
// Weights that are held at zero while others go on learning.
#pragma once

#include <cstdint>
#include <vector>

#include "learning/tensors.h"
#include "workload/network.h"
#include "workload/training_config.h"

namespace kiln::learning {

class WeightMask {
 public:
  /// Of each weighted layer those with the smallest magnitude (Han et al. 2015): a share of them, or all but
  /// n of every m along the inputs of an output. Whole channels are a matter of the network: nothing is held.
  WeightMask(const workload::Network& network, const workload::StepGraph& graph, Tensors& tensors,
             const workload::PruningConfig& pruning);

  /// Holds them at zero, masters too.
  void apply(Tensors& tensors) const;
  std::int64_t weights() const { return weights_; }
  std::int64_t held() const { return held_; }

 private:
  struct Held {
    workload::TensorId tensor;
    std::vector<std::uint32_t> places;
  };
  std::vector<Held> layers_;
  std::int64_t weights_ = 0, held_ = 0;
};

}  // namespace kiln::learning
