// SPDX-License-Identifier: MIT
// The numbers of a step: fp32 values of every tensor, channels innermost. A worker is a slice of the batch:
// it has its samples of the values, and gradients and statistics of its own; parameters are shared.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "workload/step_graph.h"

namespace kiln::learning {

class Tensors {
 public:
  /// The batch of `graph` in `workers` slices, as even as whole samples allow. Throws ConfigError for more
  /// workers than samples.
  Tensors(const workload::StepGraph& graph, int workers);

  int workers() const { return static_cast<int>(first_sample_.size()) - 1; }
  std::int64_t samples(int worker) const {
    return first_sample_[static_cast<std::size_t>(worker) + 1] - first_sample(worker);
  }
  std::int64_t first_sample(int worker) const { return first_sample_[static_cast<std::size_t>(worker)]; }

  /// What a worker sees of a tensor.
  std::span<float> of(workload::TensorId tensor, int worker);
  /// All of it, of all workers.
  std::span<float> all(workload::TensorId tensor) { return store(tensor).values; }

  /// Rises whenever the tensor is written; never 0.
  std::uint64_t version(workload::TensorId tensor) { return store(tensor).version; }
  void touch(workload::TensorId tensor) { ++store(tensor).version; }

  /// Where the maxima of a pool were, in the form of the kernel library.
  std::vector<std::byte>& places(workload::TensorId tensor, int worker);

 private:
  enum class Spread { by_sample, per_worker, shared };
  struct Store {
    std::vector<float> values;
    Spread spread = Spread::shared;
    std::int64_t unit = 0;  ///< values per sample or per worker
    std::uint64_t version = 1;
    std::vector<std::vector<std::byte>> places;  ///< by worker
  };
  static Spread spread_of(const workload::Tensor& tensor);
  Store& store(workload::TensorId tensor) { return stores_[static_cast<std::size_t>(tensor)]; }

  std::vector<std::int64_t> first_sample_;  ///< by worker, and the number of samples
  std::vector<Store> stores_;
};

}  // namespace kiln::learning
