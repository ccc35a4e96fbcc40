// SPDX-License-Identifier: MIT
// The matrix products behind a layer. Forward Y[m,n] = X[m,k] W[k,n] with m = samples * positions; the
// error is dX = dY W^T: (m, k, n) and the weight gradient dW = X^T dY: (k, n, m), the convention of
// SCALE-Sim's backward topologies. Depthwise layers are one product with n = 1 per channel, grouped
// convolutions one per group.
#pragma once

#include "workload/network.h"

namespace kiln::workload {

/// conv, depthwise, linear.
Gemm forward_gemm(const Layer&, std::int64_t samples);
Gemm dgrad_gemm(const Gemm& forward);
Gemm wgrad_gemm(const Gemm& forward);

/// Input projection for all steps at once; the recurrent product once per step.
Gemm lstm_input_gemm(const Layer&, std::int64_t samples);
Gemm lstm_recurrent_gemm(const Layer&, std::int64_t samples);
/// Weight gradient of the recurrent part, summed over the steps in one product.
Gemm lstm_recurrent_wgrad_gemm(const Layer&, std::int64_t samples);

/// Scores (tokens x tokens x head width) or values (tokens x head width x tokens), once per sample and head.
Gemm attention_gemm(const Layer&, std::int64_t samples);

}  // namespace kiln::workload
