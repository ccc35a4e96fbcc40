// SPDX-License-Identifier: MIT
// Lane operations per element of the vector unit's jobs, one place for all of them.
//
// An operation is one add, multiply, fused multiply-add, compare or select of one lane;
// exponentials, square roots and divisions count as `kTranscendental` (estimate: range reduction and
// a short polynomial, 4 operations).
#pragma once

#include "workload/rules.h"

namespace kiln::workload {

inline constexpr double kTranscendental = 4;

inline constexpr double kAddBias = 1;
inline constexpr double kAccumulate = 1;
inline constexpr double kScaleShift = 1;       ///< one fused multiply-add
inline constexpr double kBatchStatistics = 2;  ///< sum and sum of squares
inline constexpr double kNormReduce = 4;     ///< mask, normalise, sum of error, sum of error times normalised
inline constexpr double kNormBackward = 4;   ///< mask, normalise, two fused multiply-adds
inline constexpr double kLayerNormPass = 2;  ///< statistics in the first, scale and shift in the second
inline constexpr double kLayerNormBackwardPass = 4;
inline constexpr double kLayerNormGradient = 3;
inline constexpr double kRmsNormPass = 1.5;  ///< square and sum; scale, the root apart
inline constexpr double kRmsNormBackwardPass = 3;
inline constexpr double kRmsNormGradient = 2;
inline constexpr double kSoftmaxPass =
    (1 + (1 + kTranscendental + 1) + 1) / 3.0;       ///< max; subtract, exp, sum; scale
inline constexpr double kSoftmaxBackwardPass = 1.5;  ///< dot product; subtract, multiply
/// Per score: maximum; subtract, exponential, sum. Backward: subtract, exponential; subtract, multiply.
inline constexpr double kTiledSoftmax = 1 + (1 + kTranscendental + 1);
inline constexpr double kTiledSoftmaxBackward = (1 + kTranscendental) + 2;
/// Per hidden unit and step: three sigmoids, two tanh, three multiplications, one addition.
inline constexpr double kLstmCell = 5 * 2 * kTranscendental + 4;
inline constexpr double kLstmCellBackward = 24;
/// Three gates: two sigmoids, a tanh, the reset product, the mean of old and new state.
inline constexpr double kGruCell = 3 * 2 * kTranscendental + 5;
inline constexpr double kGruCellBackward = 18;
inline constexpr double kCopy = 1;
inline constexpr double kMultiplyAdd = 1;   ///< fused
inline constexpr double kRotate = 2;        ///< a product and a fused multiply-add
inline constexpr double kFakeQuantise = 4;  ///< scale, round, clamp, scale back
inline constexpr double kDequantise = 2;    ///< unpack or look up, scale
inline constexpr double kRangeObserve = 2;  ///< minimum and maximum
inline constexpr double kUnscale = 1;
inline constexpr double kOverflowCheck = 1;

/// A word of Philox4x32-10 (Salmon et al. 2011): a round has two products of 64 bits (high and low half),
/// four exclusive ors and two additions to the key; ten rounds make four words.
inline constexpr double kPhiloxWord = 10 * (4 + 4 + 2) / 4.0;
/// Two Gaussians of two uniform numbers (Box & Muller 1958): a logarithm, a root, a sine and a cosine, and
/// four products.
inline constexpr double kBoxMuller = (4 * kTranscendental + 4) / 2;
/// A word, made a number between 0 and 1 (convert, scale), made a Gaussian: as torch.normal, which MeZO
/// calls.
inline constexpr double kGaussian = kPhiloxWord + 2 + kBoxMuller;
inline constexpr double kPerturb = 1;  ///< one fused multiply-add

/// Per pass; both losses take three passes over the logits (softmax: maximum, sum, gradient).
inline double loss_ops(LossKind loss) {
  return loss == LossKind::cross_entropy ? 3 : 1;
}

/// Source: reference cost model of the project (SGD 2, momentum 4, Adam about 12 with root and division).
inline double optimizer_ops(OptimizerKind kind) {
  switch (kind) {
    case OptimizerKind::sgd:
      return 2;
    case OptimizerKind::momentum:
      return 4;
    case OptimizerKind::adam:
      return 12;
  }
  return 0;
}

inline int optimizer_values(OptimizerKind kind) {
  switch (kind) {
    case OptimizerKind::sgd:
      return 0;
    case OptimizerKind::momentum:
      return 1;
    case OptimizerKind::adam:
      return 2;
  }
  return 0;
}

}  // namespace kiln::workload
