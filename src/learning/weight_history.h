// SPDX-License-Identifier: MIT
// Weights of steps before: with a fleet's barrier that lets devices run on, a gradient is of a model that has
// missed updates by the time it is applied. Here the model waits instead of the gradient: a step reads
// weights that are so many updates old, and its gradient changes today's.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/rng.h"
#include "learning/staleness.h"
#include "learning/tensors.h"
#include "workload/step_graph.h"

namespace kiln::learning {

class WeightHistory {
 public:
  /// Throws ConfigError when the versions would need more than 4 GiB.
  WeightHistory(const workload::StepGraph& graph, const StalenessConfig& config, std::uint64_t seed);

  /// How many updates the weights of this step miss: drawn, and at most as many as there were.
  std::size_t draw(std::int64_t step) const;
  /// Puts the weights of `missed` updates ago in the place of today's, but for critical layers.
  void lend(Tensors& tensors, std::size_t missed);
  /// Puts today's weights back, of one layer or of all that are still lent.
  void give_back(Tensors& tensors, workload::TensorId weights);
  void give_back(Tensors& tensors);
  /// Today's weights are a version: after they were made, and behind every update.
  void keep(Tensors& tensors);

  /// All versions, for a checkpoint.
  template <class Archive>
  void archive(Archive& a) {
    a(versions_);
  }

 private:
  using Version = std::vector<std::vector<float>>;  // by place in stale_

  std::vector<workload::TensorId> stale_;  // weights that are trained and not critical
  std::vector<double> upto_;               // share of gradients that miss at most so many updates
  std::uint64_t seed_;
  std::vector<Version> versions_;  // oldest first
  Version today_;                  // what lent weights took the place of; empty: not lent
};

}  // namespace kiln::learning
