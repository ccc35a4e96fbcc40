// SPDX-License-Identifier: MIT
// Products of matrices of which one is a band: row i of it has the places of rows i - (window - 1) to i of
// another matrix, the last place its own. Places in front of the first row are zero.
#pragma once

#include <cstdint>

namespace kiln::learning {

/// Rows of a matrix, `stride` values apart.
struct InRows {
  const float* values = nullptr;
  std::int64_t stride = 0;
};
struct OutRows {
  float* values = nullptr;
  std::int64_t stride = 0;
};

struct BandShape {
  std::int64_t rows = 0, window = 0;  ///< 1 <= window <= rows
};

/// Band C: C[i][place of j] = alpha a_i b_j, sums over `width` values.
void band_of_products(const BandShape&, std::int64_t width, InRows a, InRows b, OutRows c, float alpha);
/// c_i = alpha sum over j of A[i][place of j] b_j.
void band_times_rows(const BandShape&, std::int64_t width, InRows a, InRows b, OutRows c, float alpha);
/// c_j = alpha sum over i of A[i][place of j] b_i; adds to c.
void turned_band_times_rows(const BandShape&, std::int64_t width, InRows a, InRows b, OutRows c, float alpha);

}  // namespace kiln::learning
