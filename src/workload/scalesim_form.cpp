// SPDX-License-Identifier: MIT
#include "workload/scalesim_form.h"

#include "base/error.h"
#include "base/text.h"

namespace kiln::workload {
namespace {

bool mentions(const std::string& name, std::string_view word) {
  return name.find(word) != std::string::npos;
}

/// Heights stand before widths; a file that has them the other way round means another shape.
void refuse_other_order(const std::string& path, const std::vector<std::string>& names, std::size_t height) {
  for (const std::size_t column : {height, height + 1}) {
    const bool is_height = column == height;
    if (mentions(names[column], is_height ? "width" : "height"))
      throw base::ConfigError(
          {path, 1, 1}, "header",
          fmt::format("column {} is '{}' where the {} is expected; change the order of the columns",
                      column + 1, names[column], is_height ? "height" : "width"));
  }
}

bool has_two_strides(const std::string& path, const std::vector<std::string>& names) {
  const bool two = names.size() >= 9 && mentions(names[8], "stride");
  if (!two && (mentions(names[7], "height") || mentions(names[7], "width")))
    throw base::ConfigError({path, 1, 1}, "header",
                            fmt::format("column 8 is '{}' and column 9 is no stride; write Strides for both "
                                        "axes, or Stride Height, Stride Width",
                                        names[7]));
  if (two) refuse_other_order(path, names, 7);
  return two;
}

}  // namespace

ScalesimForm scalesim_form(const std::string& path, const std::vector<std::string>& header) {
  std::vector<std::string> names;
  for (const std::string& name : header) names.push_back(base::to_lower(name));
  if (names.size() >= 4 && names[1] == "m" && names[2] == "n" && names[3] == "k") return {.gemm = true};
  if (names.size() < 8 || !names[1].starts_with("ifmap"))
    throw base::ConfigError(
        {path, 1, 1}, "header",
        "is neither the convolution form (Layer name, IFMAP Height, IFMAP Width, Filter Height, Filter "
        "Width, Channels, Num Filter, Strides or Stride Height, Stride Width) nor the GEMM form (Layer, M, "
        "N, "
        "K)");
  refuse_other_order(path, names, 1);
  refuse_other_order(path, names, 3);
  return {.two_strides = has_two_strides(path, names)};
}

void check_columns(const base::CsvRow& row, const ScalesimForm& form,
                   const std::vector<std::string>& header) {
  const std::size_t known = form.columns();
  if (row.size() < known)
    row.fail(fmt::format("has {} columns, this form needs {}; is the line cut off?", row.size(), known));
  for (std::size_t i = known; i < row.size(); ++i) {
    if (row.cell(i).empty() || row.cell(i) == "1:1") continue;
    const bool named = i < header.size() && !header[i].empty();
    row.fail(
        fmt::format("'{}' in {} is not part of this form: leave it empty; sparsity is a setting of the "
                    "array (soc.sparsity, or --set npu.sparsity=... of kiln npu)",
                    row.cell(i), named ? header[i] : fmt::format("column {}", i + 1)));
  }
}

std::int64_t extent(const base::CsvRow& row, std::size_t column, std::string_view what) {
  constexpr std::int64_t kLargest = std::int64_t{1} << 24;
  const std::int64_t value = row.integer_at(column);
  if (value < 1 || value > kLargest)
    row.fail(fmt::format("{} is {}; allowed: 1 to {}", what, value, kLargest));
  return value;
}

}  // namespace kiln::workload
