// SPDX-License-Identifier: MIT
// What operations of a graph have prepared once: kernels by batch, maps of indices.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <utility>
#include <vector>

#include "learning/kernels/convolution_kernel.h"
#include "learning/kernels/pool_kernel.h"

namespace kiln::learning {

/// Where each value of a result lies in an operand, per sample; kNowhere: it is zero.
using IndexMap = std::vector<std::int32_t>;
inline constexpr std::int32_t kNowhere = -1;

class OpCache {
 public:
  ConvolutionKernel& convolution(workload::OpId op, const workload::Convolution& convolution,
                                 workload::Derivative derivative, std::int64_t samples) {
    auto& kernel = convolutions_[{op, samples}];
    if (!kernel) kernel = std::make_unique<ConvolutionKernel>(convolution, derivative, samples);
    return *kernel;
  }
  PoolKernel& pool(workload::OpId op, const workload::Pool& pool, std::int64_t samples) {
    auto& kernel = pools_[{op, samples}];
    if (!kernel) kernel = std::make_unique<PoolKernel>(pool, samples);
    return *kernel;
  }
  /// Made once by `make()`; `number` tells the maps of an operation apart.
  template <class Make>
  const IndexMap& map(workload::OpId op, int number, const Make& make) {
    const auto [place, fresh] = maps_.try_emplace({op, number});
    if (fresh) place->second = make();
    return place->second;
  }

 private:
  using Key = std::pair<workload::OpId, std::int64_t>;
  std::map<Key, std::unique_ptr<ConvolutionKernel>> convolutions_;
  std::map<Key, std::unique_ptr<PoolKernel>> pools_;
  std::map<Key, IndexMap> maps_;
};

}  // namespace kiln::learning
