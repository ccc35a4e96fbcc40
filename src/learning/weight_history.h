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
  /// Throws ConfigError when the versions would need more than 4 GiB, and when workers that miss different
  /// updates would share what is made of weights (fake-quantised ones).
  WeightHistory(const workload::StepGraph& graph, const StalenessConfig& config, std::uint64_t seed,
                int workers = 1);

  /// Today's weights are the first version.
  void begin(Tensors& tensors) { keep(tensors); }
  /// Draws how many updates the weights miss in this step, at most as many as there were, and returns the
  /// mean over the workers. Where it is one number for all, these weights take the place of today's, but for
  /// critical layers.
  double lend(Tensors& tensors, std::int64_t step);
  /// Where workers miss different updates: the weights that the operation reads are this worker's.
  void show(Tensors& tensors, const workload::Op& op, int worker);
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
  std::size_t draw(std::size_t worker, std::int64_t step) const;
  bool by_worker() const { return upto_.size() > 1; }
  /// In the place of one layer's weights those of so many updates ago.
  void put(Tensors& tensors, std::size_t place, std::size_t missed);
  void keep(Tensors& tensors);

  using Version = std::vector<std::vector<float>>;  // by place in stale_

  std::vector<workload::TensorId> stale_;  // weights that are trained and not critical
  std::vector<Shares> upto_;               // by worker: share of gradients that miss at most so many updates
  std::size_t kept_ = 1;                   // versions
  std::vector<std::size_t> missed_;        // by worker, in this step
  std::uint64_t seed_;
  std::vector<Version> versions_;   // oldest first
  Version today_;                   // what lent weights took the place of; empty: not lent
  std::vector<std::size_t> shown_;  // by place in stale_: whose updates are missing now
};

}  // namespace kiln::learning
