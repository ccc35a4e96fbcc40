// SPDX-License-Identifier: MIT
#include "thermal/dense_kernel.h"

#include <cstring>

namespace kiln::thermal {
namespace {

/// 32 bytes of neighbouring rows; the compiler maps them to whatever registers the machine has.
template <class Number>
struct Rows;
template <>
struct Rows<double> {
  using Type __attribute__((vector_size(32))) = double;
};
template <>
struct Rows<float> {
  using Type __attribute__((vector_size(32))) = float;
};

/// `Vectors` times 32 bytes of rows, their sums kept in registers over all columns. Rows lie anywhere: a copy
/// is an unaligned load or store.
template <int Vectors, class Number>
[[gnu::always_inline]] inline void add_to_rows(const Number* columns, int rows, int count,
                                               const Number* weight, Number* sum) {
  using Vector = typename Rows<Number>::Type;
  constexpr int kWide = 32 / sizeof(Number);
  Vector total[Vectors];
  std::memcpy(total, sum, sizeof total);
  for (int j = 0; j < count; ++j) {
    const Number* column = columns + static_cast<long>(j) * rows;
#pragma GCC unroll 8
    for (int v = 0; v < Vectors; ++v) {
      Vector part;
      std::memcpy(&part, column + v * kWide, sizeof part);
      total[v] += part * weight[j];
    }
  }
  std::memcpy(sum, total, sizeof total);
}

template <class Number>
[[gnu::always_inline]] inline void add_all(const Number* columns, int rows, int count, const Number* weight,
                                           Number* sum) {
  constexpr int kWide = 32 / sizeof(Number);
  int row = 0;
  for (; row + 8 * kWide <= rows; row += 8 * kWide)
    add_to_rows<8>(columns + row, rows, count, weight, sum + row);
  for (; row + 2 * kWide <= rows; row += 2 * kWide)
    add_to_rows<2>(columns + row, rows, count, weight, sum + row);
  for (; row + kWide <= rows; row += kWide) add_to_rows<1>(columns + row, rows, count, weight, sum + row);
  for (; row < rows; ++row) {
    Number total = sum[row];
    for (int j = 0; j < count; ++j) total += columns[static_cast<long>(j) * rows + row] * weight[j];
    sum[row] = total;
  }
}

}  // namespace

// The build targets plain x86-64; these functions alone are also compiled for AVX2 and picked when the
// program starts.
#if defined(__x86_64__) && defined(__linux__) && defined(__GNUC__) && !defined(__SANITIZE_ADDRESS__)
#define KILN_ALSO_FOR_AVX2 __attribute__((target_clones("avx2", "default")))
#else
#define KILN_ALSO_FOR_AVX2
#endif

KILN_ALSO_FOR_AVX2
void add_weighted_columns(const double* columns, int rows, int count, const double* weight, double* sum) {
  add_all(columns, rows, count, weight, sum);
}

KILN_ALSO_FOR_AVX2
void add_weighted_columns(const float* columns, int rows, int count, const float* weight, float* sum) {
  add_all(columns, rows, count, weight, sum);
}

#undef KILN_ALSO_FOR_AVX2

}  // namespace kiln::thermal
