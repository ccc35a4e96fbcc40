// SPDX-License-Identifier: MIT
#include "learning/kernels/band.h"

#include <algorithm>

#include "learning/kernels/product.h"

namespace kiln::learning {
namespace {

/// What row `row` of a band has: `count` places, which are of the rows from `first` on, behind `empty` ones.
struct BandRow {
  std::int64_t first = 0, count = 0, empty = 0;
};

BandRow band_row(const BandShape& band, std::int64_t row) {
  const std::int64_t count = std::min(row + 1, band.window);
  return {row + 1 - count, count, band.window - count};
}

}  // namespace

void band_of_products(const BandShape& band, std::int64_t width, InRows a, InRows b, OutRows c, float alpha) {
  for (std::int64_t i = 0; i < band.rows; ++i) {
    const BandRow own = band_row(band, i);
    float* row = c.values + i * c.stride;
    std::fill(row, row + own.empty, 0.0f);
    multiply(1, own.count, width, {a.values + i * a.stride, a.stride, false},
             {b.values + own.first * b.stride, b.stride, true}, row + own.empty, c.stride, false, alpha);
  }
}

void band_times_rows(const BandShape& band, std::int64_t width, InRows a, InRows b, OutRows c, float alpha) {
  for (std::int64_t i = 0; i < band.rows; ++i) {
    const BandRow own = band_row(band, i);
    multiply(1, width, own.count, {a.values + i * a.stride + own.empty, a.stride, false},
             {b.values + own.first * b.stride, b.stride, false}, c.values + i * c.stride, c.stride, false,
             alpha);
  }
}

void turned_band_times_rows(const BandShape& band, std::int64_t width, InRows a, InRows b, OutRows c,
                            float alpha) {
  for (std::int64_t i = 0; i < band.rows; ++i) {
    const BandRow own = band_row(band, i);
    multiply(own.count, width, 1, {a.values + i * a.stride + own.empty, 1, false},
             {b.values + i * b.stride, b.stride, false}, c.values + own.first * c.stride, c.stride, true,
             alpha);
  }
}

}  // namespace kiln::learning
