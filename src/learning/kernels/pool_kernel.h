// SPDX-License-Identifier: MIT
// Pooling over windows by oneDNN, forward and backward, on so many samples.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "workload/operation.h"

namespace kiln::learning {

class PoolKernel {
 public:
  PoolKernel(const workload::Pool&, std::int64_t samples);
  ~PoolKernel();

  /// `places` (may be null) takes where the maxima were; average pooling has none.
  void forward(const float* in, float* out, std::vector<std::byte>* places);
  void backward(const float* error, float* input_error, const std::vector<std::byte>& places);

 private:
  struct Implementation;
  std::unique_ptr<Implementation> implementation_;
};

}  // namespace kiln::learning
