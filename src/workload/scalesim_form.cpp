// SPDX-License-Identifier: MIT
#include "workload/scalesim_form.h"

#include <algorithm>
#include <array>

#include "base/error.h"
#include "base/text.h"

namespace kiln::workload {
namespace {

bool mentions(const std::string& name, std::string_view word) {
  return name.find(word) != std::string::npos;
}

/// Heights stand before widths; a file that has them the other way round means another shape.
void check_order(const std::string& path, const std::vector<std::string>& names, std::size_t height,
                 base::Unknowns& unknowns) {
  for (const std::size_t column : {height, height + 1}) {
    const bool is_height = column == height;
    if (mentions(names[column], is_height ? "width" : "height"))
      unknowns.meet({path, 1, 1}, "header",
                    fmt::format("column {} is '{}' where the {} is expected", column + 1, names[column],
                                is_height ? "height" : "width"),
                    "change the order of the columns");
  }
}

/// What each column of a convolution is about. One that is about another's matter stands in the wrong place.
void check_matters(const std::string& path, const std::vector<std::string>& names, base::Unknowns& unknowns) {
  constexpr std::array<std::string_view, 8> kMatters = {"",       "ifmap",   "ifmap",  "filter",
                                                        "filter", "channel", "filter", "stride"};
  for (std::size_t column = 1; column < kMatters.size(); ++column) {
    const auto other = [&](std::string_view matter) {
      return !matter.empty() && mentions(names[column], matter);
    };
    const bool output_channels = column == 6 && mentions(names[column], "out");  // another word for filters
    if (mentions(names[column], kMatters[column]) || output_channels || std::ranges::none_of(kMatters, other))
      continue;
    unknowns.meet({path, 1, 1}, "header",
                  fmt::format("column {} is '{}' where the {} is expected", column + 1, names[column],
                              kMatters[column]),
                  "change the order of the columns");
  }
}

bool has_two_strides(const std::string& path, const std::vector<std::string>& names,
                     base::Unknowns& unknowns) {
  const bool two = names.size() >= 9 && mentions(names[8], "stride");
  if (!two && (mentions(names[7], "height") || mentions(names[7], "width")))
    throw base::ConfigError({path, 1, 1}, "header",
                            fmt::format("column 8 is '{}' and column 9 is no stride; write Strides for both "
                                        "axes, or Stride Height, Stride Width",
                                        names[7]));
  if (two) check_order(path, names, 7, unknowns);
  return two;
}

/// Cells that hold something.
std::size_t filled(const base::CsvRow& row) {
  std::size_t count = 0;
  for (std::size_t i = 0; i < row.size(); ++i) count += row.cell(i).empty() ? 0 : 1;
  return count;
}

}  // namespace

ScalesimForm scalesim_form(const std::string& path, const std::vector<std::string>& header,
                           base::Unknowns& unknowns) {
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
  check_matters(path, names, unknowns);
  check_order(path, names, 1, unknowns);
  check_order(path, names, 3, unknowns);
  return {.two_strides = has_two_strides(path, names, unknowns)};
}

bool is_layer(const base::CsvRow& row, const ScalesimForm& form, const std::vector<std::string>& header,
              base::Unknowns& unknowns) {
  if (filled(row) == 0) return false;  // commas alone, as spreadsheets write a blank line
  if (filled(row) == 1 && row.size() > 1 && !row.cell(0).empty()) {
    unknowns.meet(row.place(), row.cell(0), "is a title, no layer", "remove the line, or begin it with '#'");
    return false;
  }
  const std::size_t known = form.columns();
  if (row.size() < known)
    row.fail(fmt::format("has {} columns, this form needs {}; is the line cut off?", row.size(), known));
  for (std::size_t i = known; i < row.size(); ++i) {
    if (row.cell(i).empty() || row.cell(i) == "1:1") continue;
    const bool named = i < header.size() && !header[i].empty();
    unknowns.meet(row.place(), row.cell(0),
                  fmt::format("'{}' in {} is not part of this form", row.cell(i),
                              named ? header[i] : fmt::format("column {}", i + 1)),
                  "leave it empty: layers are dense and of one image here (sparsity is a setting of a chip, "
                  "soc.npu.sparsity)");
  }
  return true;
}

std::int64_t extent(const base::CsvRow& row, std::size_t column, std::string_view what) {
  constexpr std::int64_t kLargest = std::int64_t{1} << 24;
  const std::int64_t value = row.integer_at(column);
  if (value < 1 || value > kLargest)
    row.fail(fmt::format("{} is {}; allowed: 1 to {}", what, value, kLargest));
  return value;
}

}  // namespace kiln::workload
