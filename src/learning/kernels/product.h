// SPDX-License-Identifier: MIT
// Matrix products in fp32.
#pragma once

#include <cstdint>

namespace kiln::learning {

/// A matrix of rows `stride` values apart; `transposed` is how the product takes it.
struct Matrix {
  const float* values = nullptr;
  std::int64_t stride = 0;
  bool transposed = false;
};

/// C[m,n] = alpha A[m,k] B[k,n] + (adds ? C : 0), rows of C `c_stride` values apart.
void multiply(std::int64_t m, std::int64_t n, std::int64_t k, Matrix a, Matrix b, float* c,
              std::int64_t c_stride, bool adds = false, float alpha = 1);

}  // namespace kiln::learning
