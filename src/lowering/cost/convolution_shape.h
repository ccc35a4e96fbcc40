// SPDX-License-Identifier: MIT
// A convolution as the GEMMs of its three training phases (im2col): forward Y = X W with M = batch x OH x OW,
// N = output channels, K = kernel x input channels; input gradient dX = dY W^T; weight gradient dW = X^T dY.
#pragma once

#include "lowering/cost/array_cost.h"

namespace kiln::lowering {

enum class TrainingPhase { forward, dgrad, wgrad };

// SCALE-Sim's convention: padding is already part of height and width, and the output extent is rounded up.
struct ConvolutionShape {
  std::int64_t height = 1;
  std::int64_t width = 1;
  std::int64_t kernel_height = 1;
  std::int64_t kernel_width = 1;
  std::int64_t channels = 1;
  std::int64_t filters = 1;
  std::int64_t stride_height = 1;
  std::int64_t stride_width = 1;

  std::int64_t output_height() const {
    return (height - kernel_height + 2 * stride_height - 1) / stride_height;
  }
  std::int64_t output_width() const { return (width - kernel_width + 2 * stride_width - 1) / stride_width; }
  /// Elements that some output needs; a stride larger than the kernel skips the rest.
  std::int64_t input_elements() const;
};

// Throws base::SimError when the kernel does not fit the input or an extent is not positive.
GemmShape forward_gemm(const ConvolutionShape& convolution, std::int64_t batch = 1);

// The GEMM of `phase` for a layer whose forward GEMM is given.
GemmShape phase_gemm(const GemmShape& forward, TrainingPhase phase);

}  // namespace kiln::lowering
