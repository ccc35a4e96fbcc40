// SPDX-License-Identifier: MIT
// HotSpot's text files: power traces in, temperature traces out.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "thermal/floorplan.h"

namespace kiln::thermal {

/// Power per block, in W, in the order of a floorplan; one row per sampling interval.
struct PowerTrace {
  std::vector<std::vector<double>> rows;

  std::vector<double> mean_w() const;
};

/// Reads a .ptrace: a header of block names, then rows of watts. Columns may come in any order.
/// In a stack of layers a name may come once for each
/// layer that has it, from the bottom up, or be that of the block itself. Throws base::ConfigError with
/// file:line for repeated blocks, rows of another length and negative powers. Columns without a block and
/// blocks without a column are unknowns; skipped, such a block has no power.
PowerTrace read_ptrace(const std::string& path, const Floorplan& floorplan, base::Unknowns& unknowns);
PowerTrace parse_ptrace(std::string_view text, const std::string& place, const Floorplan& floorplan,
                        base::Unknowns& unknowns);
/// Strictly.
PowerTrace parse_ptrace(std::string_view text, const std::string& place, const Floorplan& floorplan);

/// Temperatures are given in degC and written in kelvin, as HotSpot does.
std::string write_ttrace(const Floorplan& floorplan, std::span<const std::vector<double>> rows_c);

}  // namespace kiln::thermal
