// SPDX-License-Identifier: MIT
// The comparison for people and for programs.
#pragma once

#include <string>
#include <vector>

#include "silicon/compare.h"

namespace kiln::silicon {

/// How many anchors are how close.
struct Tally {
  int anchors = 0, near = 0, far = 0;  ///< within 30 %; beyond a factor of 2
  int inside = 0;                      ///< of published bounds, which have no ratio: not counted as near
  int covered = 0;                     ///< published value inside the printed band
  int failed = 0;
  double median_half_width = 0;  ///< of the printed bands, relative
};
inline constexpr double kNear = 1.3, kFar = 2;
Tally tally(const std::vector<Comparison>& all);

/// A line for each anchor, the tally, and the worst one with its largest component.
std::string table_text(const std::vector<Comparison>& all);
std::string table_csv(const std::vector<Comparison>& all);
std::string table_json(const std::vector<Comparison>& all);
/// Simulated over published on a logarithmic axis, with both bands.
std::string picture_svg(const std::vector<Comparison>& all);

}  // namespace kiln::silicon
