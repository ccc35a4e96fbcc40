// SPDX-License-Identifier: MIT
// A convolution as one product per kernel position, in place of one whose K strings all positions together
// (im2col). ONNXim (its ConvWS) and Gemmini (Genc et al., DAC 2021) map so: the array's rows hold input
// channels of one position, and the positions' products add up in the accumulators. No input is copied, but a
// layer with fewer channels than the array has rows leaves rows empty.
#pragma once

#include <span>
#include <vector>

#include "lowering/cost/convolution_shape.h"

namespace kiln::lowering {

enum class ConvolutionMapping { im2col, per_position };

/// The products that `gemm`, a convolution's im2col product of `phase` or a tile of it, becomes. `channels`
/// of its input belong to a kernel position; a tile that ends within a position has a shorter product at its
/// end. Positions lie along K of the forward product, N of the input gradient's, M of the weight gradient's.
std::vector<GemmShape> per_position(const GemmShape& gemm, TrainingPhase phase, std::int64_t channels);

/// Adds the cost of what the array does next.
void append(ArrayCost& cost, const ArrayCost& next);

}  // namespace kiln::lowering
