// SPDX-License-Identifier: MIT
#include <algorithm>
#include <cmath>
#include <limits>

#include "base/csv.h"
#include "base/error.h"
#include "base/text.h"
#include "learning/data/array.h"

namespace kiln::learning {

namespace {

float value_at(const base::CsvRow& row, std::size_t cell) {
  const double value = row.number_at(cell);
  if (std::abs(value) > std::numeric_limits<float>::max())
    row.fail(fmt::format("{:.3g} is beyond what fp32 holds, 3.4e38", value));
  return static_cast<float>(value);
}

}  // namespace

Labelled read_csv_windows(std::string_view text, const std::string& file, const std::string& label,
                          std::int64_t window, std::int64_t stride) {
  const base::CsvTable table(file, text);
  const std::vector<std::string>& header = table.header();
  const auto column = std::find(header.begin(), header.end(), label);
  if (column == header.end())
    throw DataFileError(
        fmt::format("has no column '{}' for the class{}", label, base::suggestion(label, header)));
  const auto label_at = static_cast<std::size_t>(column - header.begin());
  const auto features = static_cast<std::int64_t>(header.size()) - 1,
             rows = static_cast<std::int64_t>(table.rows().size());
  if (features < 1) throw DataFileError("has no columns besides the class");
  if (rows < window) throw DataFileError(fmt::format("has {} rows, fewer than a window of {}", rows, window));
  const std::int64_t windows = (rows - window) / stride + 1;
  Labelled data;
  data.overlap = (window - 1) / stride;
  data.values.extents = {windows, features, window};
  data.values.values.resize(static_cast<std::size_t>(values_of(data.values.extents)));
  for (std::int64_t w = 0; w < windows; ++w) {
    for (std::int64_t r = 0; r < window; ++r) {
      const base::CsvRow& row = table.rows()[static_cast<std::size_t>(w * stride + r)];
      std::int64_t feature = 0;
      for (std::size_t cell = 0; cell < header.size(); ++cell)
        if (cell != label_at)
          data.values.values[static_cast<std::size_t>((w * features + feature++) * window + r)] =
              value_at(row, cell);
    }
    const base::CsvRow& last = table.rows()[static_cast<std::size_t>(w * stride + window - 1)];
    const std::int64_t value = last.integer_at(label_at);
    if (value < 0 || value > (1 << 24)) last.fail(fmt::format("class {} is not one of 0, 1, 2 ...", value));
    data.classes.push_back(static_cast<std::int32_t>(value));
  }
  return data;
}

}  // namespace kiln::learning
