// SPDX-License-Identifier: MIT
// A convolution, its error or its weight gradient on so many samples, by oneDNN. Maps lie as N, H, W, C,
// volumes as N, D, H, W, C; weights as the part of the layer has them (out, in / groups, [kernel_d,]
// kernel_h, kernel_w) and in whatever order the library likes inside: all-plain layouts cost three times as
// much.
#pragma once

#include <cstdint>
#include <memory>

#include "workload/operation.h"

namespace kiln::learning {

class ConvolutionKernel {
 public:
  /// `derivative`: none, input or parameters.
  ConvolutionKernel(const workload::Convolution&, workload::Derivative, std::int64_t samples);
  ~ConvolutionKernel();

  /// none: `a` data, `b` weights; input: `a` error, `b` weights; parameters: `a` data, `b` error, and `out`
  /// gets the gradient in the order of the weights. Weights are reordered when `weights_version` is another
  /// than in the call before.
  void run(const float* a, const float* b, float* out, std::uint64_t weights_version);

 private:
  struct Implementation;
  std::unique_ptr<Implementation> implementation_;
};

}  // namespace kiln::learning
