// SPDX-License-Identifier: MIT
// Depthwise convolution on the MAC array with its own mapping: channels across columns; within a column, the
// kernel positions of one output pixel on consecutive rows, and as many pixels side by side as fit. Every
// column then needs its own operands, which a plain systolic array cannot deliver; the row broadcast is
// replaced by per-column feeding as in HeSA (Xu et al., DATE 2021). As an im2col GEMM the same layer fills
// one column only (N = 1), and that is all that arrays with broadcast operands can do.
#pragma once

#include "lowering/cost/array_cost.h"

namespace kiln::lowering {

enum class DepthwisePass {
  activation,  // forward and input gradient: one sum over kernel positions per pixel
  weight       // weight gradient: one sum over pixels per kernel position
};

struct DepthwiseShape {
  std::int64_t channels = 1;
  std::int64_t pixels = 1;            // batch x output height x output width
  std::int64_t kernel_positions = 9;  // kernel height x width

  std::int64_t macs() const { return channels * pixels * kernel_positions; }
  auto operator<=>(const DepthwiseShape&) const = default;
};

/// The layer as products with one column for every channel: all that an array can do whose columns share
/// their operands, and what SCALE-Sim makes of it.
GemmShape one_column_gemm(const DepthwiseShape& shape, DepthwisePass pass);

// a: activations (or errors), b: kernels, c: what the pass produces. Throws base::SimError for empty shapes.
ArrayCost depthwise_cost(const DepthwiseShape& shape, const ArrayShape& array, CostLaw law,
                         DepthwisePass pass = DepthwisePass::activation);

}  // namespace kiln::lowering
