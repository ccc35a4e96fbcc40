// SPDX-License-Identifier: MIT
// The one dense operation of a reduced step.
#pragma once

namespace kiln::thermal {

/// sum[i] += columns[j * rows + i] * weight[j] over all columns. Sums in the same order on every machine:
/// wider vectors take more rows at once, never more terms, so results are the same bits with and without
/// AVX2.
void add_weighted_columns(const double* columns, int rows, int count, const double* weight, double* sum);
void add_weighted_columns(const float* columns, int rows, int count, const float* weight, float* sum);

}  // namespace kiln::thermal
