// SPDX-License-Identifier: MIT
// The columns of SCALE-Sim topology files. They are positional; the header line decides the form.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/csv.h"
#include "base/unknowns.h"

namespace kiln::workload {

struct ScalesimForm {
  bool gemm = false;         ///< Layer, M, N, K
  bool two_strides = false;  ///< convolutions with Stride Height, Stride Width in place of Strides

  std::size_t columns() const { return gemm ? 4 : two_strides ? 9 : 8; }
};

/// Throws ConfigError for a header of neither form. One that names columns in another order is unknown:
/// skipped, they are read in the order of the form, as SCALE-Sim does, which passes the header over.
ScalesimForm scalesim_form(const std::string& path, const std::vector<std::string>& header,
                           base::Unknowns& unknowns);

/// Whether the row is a layer. Throws ConfigError when it lacks columns of the form. Unknown are titles, rows
/// with a name alone, which are no layer, and further columns. What those may hold is the ratio of a dense
/// layer, 1:1: SCALE-Sim v3 adds a column of N:M ratios, which are a setting of the chip here.
bool is_layer(const base::CsvRow& row, const ScalesimForm& form, const std::vector<std::string>& header,
              base::Unknowns& unknowns);

/// A size in a column, 1 to 2^24. Throws ConfigError naming `what`.
std::int64_t extent(const base::CsvRow& row, std::size_t column, std::string_view what);

}  // namespace kiln::workload
