// SPDX-License-Identifier: MIT
#include "thermal/dense_kernel.h"

namespace kiln::thermal {

// The build targets plain x86-64; this function alone is also compiled for AVX2 and picked when the program
// starts.
#if defined(__x86_64__) && defined(__linux__) && defined(__GNUC__) && !defined(__SANITIZE_ADDRESS__)
__attribute__((target_clones("avx2", "default")))
#if !defined(__clang__)
__attribute__((optimize("O3")))
#endif
#endif
void add_weighted_columns(const double* columns, int rows, int count, const double* weight, double* sum) {
  int j = 0;
  for (; j + 4 <= count; j += 4) {
    const double* __restrict a = columns + static_cast<long>(j) * rows;
    const double* __restrict b = a + rows;
    const double* __restrict c = b + rows;
    const double* __restrict d = c + rows;
    double* __restrict s = sum;
    const double wa = weight[j], wb = weight[j + 1], wc = weight[j + 2], wd = weight[j + 3];
    for (int i = 0; i < rows; ++i) s[i] += (a[i] * wa + b[i] * wb) + (c[i] * wc + d[i] * wd);
  }
  for (; j < count; ++j) {
    const double* __restrict a = columns + static_cast<long>(j) * rows;
    double* __restrict s = sum;
    for (int i = 0; i < rows; ++i) s[i] += a[i] * weight[j];
  }
}

}  // namespace kiln::thermal
