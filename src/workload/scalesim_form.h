// SPDX-License-Identifier: MIT
// The columns of SCALE-Sim topology files. They are positional; the header line decides the form.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/csv.h"

namespace kiln::workload {

struct ScalesimForm {
  bool gemm = false;         ///< Layer, M, N, K
  bool two_strides = false;  ///< convolutions with Stride Height, Stride Width in place of Strides

  std::size_t columns() const { return gemm ? 4 : two_strides ? 9 : 8; }
};

/// Throws ConfigError for a header of neither form, or with columns in another order.
ScalesimForm scalesim_form(const std::string& path, const std::vector<std::string>& header);

/// Throws ConfigError when the row lacks columns of the form or fills others. What they may hold is the ratio
/// of a dense layer, 1:1: SCALE-Sim v3 adds a column of N:M ratios, which are a setting of the array here.
void check_columns(const base::CsvRow& row, const ScalesimForm& form, const std::vector<std::string>& header);

/// A size in a column, 1 to 2^24. Throws ConfigError naming `what`.
std::int64_t extent(const base::CsvRow& row, std::size_t column, std::string_view what);

}  // namespace kiln::workload
