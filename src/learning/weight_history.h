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

  /// Today's weights are the first version.
  void begin(Tensors& tensors) { keep(tensors); }
  /// Puts weights of updates ago in the place of today's, but for critical layers. How many is drawn, at most
  /// as many as there were; returns it.
  std::int64_t lend(Tensors& tensors, std::int64_t step);
  /// Puts today's weights of one layer back, for their update.
  void take_back(Tensors& tensors, workload::TensorId weights);
  /// At the end of a step: the same of all that are still lent; what was updated is a version.
  void take_back(Tensors& tensors, bool updated);

  /// All versions, for a checkpoint.
  template <class Archive>
  void archive(Archive& a) {
    a(versions_);
  }

 private:
  std::size_t draw(std::int64_t step) const;
  void keep(Tensors& tensors);

  using Version = std::vector<std::vector<float>>;  // by place in stale_

  std::vector<workload::TensorId> stale_;  // weights that are trained and not critical
  std::vector<double> upto_;               // share of gradients that miss at most so many updates
  std::uint64_t seed_;
  std::vector<Version> versions_;  // oldest first
  Version today_;                  // what lent weights took the place of; empty: not lent
};

}  // namespace kiln::learning
