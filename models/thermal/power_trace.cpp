// SPDX-License-Identifier: MIT
#include "thermal/power_trace.h"

#include <fmt/core.h>

#include <optional>

#include "base/error.h"
#include "base/file.h"
#include "base/text.h"
#include "base/units.h"
#include "thermal/table.h"

namespace kiln::thermal {
namespace {

/// Which block each column of a trace belongs to.
class Columns {
 public:
  Columns(const Words& header, const Floorplan& floorplan, base::Unknowns& unknowns)
      : header_(header), blocks_(floorplan.blocks), seen_(blocks_.size(), false) {
    for (std::size_t i = 0; i < header.size(); ++i) block_of_.push_back(find(i, unknowns));
    for (std::size_t block = 0; block < blocks_.size(); ++block)
      if (!seen_[block] && !blocks_[block].passive)
        unknowns.meet(header.place(), blocks_[block].name,
                      fmt::format("block '{}' of the floorplan has no column", blocks_[block].name),
                      "add one, of zeros if it has no power");
  }

  std::size_t size() const { return block_of_.size(); }

  /// Powers in W in the order of the floorplan.
  std::vector<double> row(const Words& words) const {
    if (words.size() != size()) words.fail(fmt::format("{} values for {} blocks", words.size(), size()));
    std::vector<double> powers_w(blocks_.size(), 0.0);
    for (std::size_t i = 0; i < size(); ++i) {
      const double power_w = words.number(i);
      if (power_w < 0.0)
        words.fail(fmt::format("block '{}' has the negative power {} W", header_.text(i), power_w));
      if (block_of_[i]) powers_w[*block_of_[i]] = power_w;
    }
    return powers_w;
  }

 private:
  static bool is_called(const Block& block, const std::string& name) {
    return block.name == name || (!block.passive && block.traced_as == name);
  }

  std::optional<std::size_t> find(std::size_t column, base::Unknowns& unknowns) {
    const std::string& name = header_.text(column);
    bool known = false;
    for (std::size_t block = 0; block < blocks_.size(); ++block) {
      if (!is_called(blocks_[block], name)) continue;
      known = true;
      if (seen_[block]) continue;
      seen_[block] = true;
      return block;
    }
    if (known) header_.fail(fmt::format("block '{}' has two columns", name));
    std::vector<std::string> names;
    for (const Block& block : blocks_)
      names.push_back(block.traced_as.empty() ? block.name : block.traced_as);
    unknowns.meet(header_.place(), name, fmt::format("block '{}' is not in the floorplan", name),
                  base::suggestion(name, names).substr(2));
    return std::nullopt;
  }

  const Words& header_;
  const std::vector<Block>& blocks_;
  std::vector<bool> seen_;
  std::vector<std::optional<std::size_t>> block_of_;  ///< nothing: a column that is skipped
};

}  // namespace

std::vector<double> PowerTrace::mean_w() const {
  std::vector<double> mean(rows.front().size(), 0.0);
  for (const std::vector<double>& row : rows)
    for (std::size_t block = 0; block < row.size(); ++block)
      mean[block] += row[block] / static_cast<double>(rows.size());
  return mean;
}

PowerTrace parse_ptrace(std::string_view text, const std::string& place, const Floorplan& floorplan,
                        base::Unknowns& unknowns) {
  const std::vector<Words> lines = read_words(text, place);
  if (lines.size() < 2)
    throw base::ConfigError({place, 1, 1}, "power trace",
                            "needs a line of block names and at least one row of watts");
  const Columns columns(lines.front(), floorplan, unknowns);
  PowerTrace trace;
  for (std::size_t line = 1; line < lines.size(); ++line) trace.rows.push_back(columns.row(lines[line]));
  return trace;
}

PowerTrace parse_ptrace(std::string_view text, const std::string& place, const Floorplan& floorplan) {
  base::Unknowns strict;
  return parse_ptrace(text, place, floorplan, strict);
}

PowerTrace read_ptrace(const std::string& path, const Floorplan& floorplan, base::Unknowns& unknowns) {
  return parse_ptrace(base::read_file(path), path, floorplan, unknowns);
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

}  // namespace kiln::thermal
