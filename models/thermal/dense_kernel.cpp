// SPDX-License-Identifier: MIT
#include "thermal/dense_kernel.h"

namespace kiln::thermal {
namespace {

/// Four neighbouring rows; the compiler maps them to whatever registers the machine has.
using Rows4 __attribute__((vector_size(32), aligned(8), may_alias)) = double;

/// `Vectors` times four rows, their sums kept in registers over all columns.
template <int Vectors>
[[gnu::always_inline]] inline void add_to_rows(const double* columns, int rows, int count,
                                               const double* weight, double* sum) {
  Rows4 total[Vectors];
#pragma GCC unroll 8
  for (int v = 0; v < Vectors; ++v) total[v] = reinterpret_cast<const Rows4*>(sum)[v];
  for (int j = 0; j < count; ++j) {
    const auto* column = reinterpret_cast<const Rows4*>(columns + static_cast<long>(j) * rows);
#pragma GCC unroll 8
    for (int v = 0; v < Vectors; ++v) total[v] += column[v] * weight[j];
  }
#pragma GCC unroll 8
  for (int v = 0; v < Vectors; ++v) reinterpret_cast<Rows4*>(sum)[v] = total[v];
}

}  // namespace

// The build targets plain x86-64; this function alone is also compiled for AVX2 and picked when the program
// starts.
#if defined(__x86_64__) && defined(__linux__) && defined(__GNUC__) && !defined(__SANITIZE_ADDRESS__)
__attribute__((target_clones("avx2", "default")))
#endif
void add_weighted_columns(const double* columns, int rows, int count, const double* weight, double* sum) {
  int row = 0;
  for (; row + 32 <= rows; row += 32) add_to_rows<8>(columns + row, rows, count, weight, sum + row);
  for (; row + 8 <= rows; row += 8) add_to_rows<2>(columns + row, rows, count, weight, sum + row);
  for (; row + 4 <= rows; row += 4) add_to_rows<1>(columns + row, rows, count, weight, sum + row);
  for (; row < rows; ++row) {
    double total = sum[row];
    for (int j = 0; j < count; ++j) total += columns[static_cast<long>(j) * rows + row] * weight[j];
    sum[row] = total;
  }
}

}  // namespace kiln::thermal
