// SPDX-License-Identifier: MIT
#include "thermal/power_trace.h"

#include <fmt/core.h>

#include <algorithm>

#include "base/error.h"
#include "base/file.h"
#include "base/text.h"
#include "base/units.h"
#include "thermal/table.h"

namespace kiln::thermal {
namespace {

/// Block index of each column.
std::vector<std::size_t> read_header(const Words& header, const Floorplan& floorplan) {
  const auto& blocks = floorplan.blocks;
  std::vector<std::string> names;
  for (const Block& block : blocks) names.push_back(block.name);
  std::vector<std::size_t> columns;
  std::vector<bool> seen(blocks.size(), false);
  for (std::size_t i = 0; i < header.size(); ++i) {
    const auto found = std::find(names.begin(), names.end(), header.text(i));
    if (found == names.end())
      header.fail(fmt::format("block '{}' is not in the floorplan{}", header.text(i),
                              base::suggestion(header.text(i), names)));
    const auto block = static_cast<std::size_t>(found - names.begin());
    if (seen[block]) header.fail(fmt::format("block '{}' has two columns", header.text(i)));
    seen[block] = true;
    columns.push_back(block);
  }
  for (std::size_t block = 0; block < blocks.size(); ++block)
    if (!seen[block]) header.fail(fmt::format("block '{}' of the floorplan has no column", names[block]));
  return columns;
}

}  // namespace

std::vector<double> PowerTrace::mean_w() const {
  std::vector<double> mean(rows.front().size(), 0.0);
  for (const std::vector<double>& row : rows)
    for (std::size_t block = 0; block < row.size(); ++block)
      mean[block] += row[block] / static_cast<double>(rows.size());
  return mean;
}

PowerTrace parse_ptrace(std::string_view text, const std::string& place, const Floorplan& floorplan) {
  const std::vector<Words> lines = read_words(text, place);
  if (lines.size() < 2)
    throw base::ConfigError({place, 1, 1}, "power trace",
                            "needs a line of block names and at least one row of watts");
  const std::vector<std::size_t> columns = read_header(lines.front(), floorplan);
  PowerTrace trace;
  for (std::size_t line = 1; line < lines.size(); ++line) {
    const Words& words = lines[line];
    if (words.size() != columns.size())
      words.fail(fmt::format("{} values for {} blocks", words.size(), columns.size()));
    std::vector<double>& row = trace.rows.emplace_back(columns.size(), 0.0);
    for (std::size_t i = 0; i < columns.size(); ++i) {
      row[columns[i]] = words.number(i);
      if (row[columns[i]] < 0.0)
        words.fail(fmt::format("block '{}' has the negative power {} W", floorplan.blocks[columns[i]].name,
                               row[columns[i]]));
    }
  }
  return trace;
}

PowerTrace read_ptrace(const std::string& path, const Floorplan& floorplan) {
  return parse_ptrace(base::read_file(path), path, floorplan);
}

std::string write_ttrace(const Floorplan& floorplan, std::span<const std::vector<double>> rows_c) {
  std::string text;
  for (const Block& block : floorplan.blocks) text += (text.empty() ? "" : "\t") + block.name;
  text += '\n';
  for (const std::vector<double>& row : rows_c) {
    for (std::size_t i = 0; i < row.size(); ++i)
      fmt::format_to(std::back_inserter(text), "{}{:.4f}", i == 0 ? "" : "\t",
                     row[i] + base::kZeroCelsiusInKelvin);
    text += '\n';
  }
  return text;
}

std::string write_steady(const Floorplan& floorplan, std::span<const double> block_c) {
  std::string text;
  for (std::size_t i = 0; i < block_c.size(); ++i)
    text += fmt::format("{}\t{:.4f}\n", floorplan.blocks[i].name, block_c[i] + base::kZeroCelsiusInKelvin);
  return text;
}

}  // namespace kiln::thermal
