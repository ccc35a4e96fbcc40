// SPDX-License-Identifier: MIT
// The best point along one range, the others fixed.
#pragma once

#include "solve/trials.h"

namespace kiln::solve {

/// What a case nearby was answered: where, to which side it is better, and how fast the constraint that ended
/// it there fills up along the range (0: none did).
struct Hint {
  double at = 0;
  int towards = 0;
  double excess_slope = 0;
};

struct Line {
  std::size_t best = Trials::kNone;  ///< of the points on the line
  /// The objective rises or falls along all of it, as far as was seen: it is better towards here (+1, -1).
  /// 0: it does neither, or turns at an optimum inside.
  int towards = 0;
  double excess_slope = 0;  ///< of the constraint that ends it, at its end
};

/// Looks at five points, or from a hint outwards until the optimum is between two; then, where a constraint
/// (or validity) ends what is better and better, finds that end by false position (Illinois rule) or, where
/// the run beyond tells no number, bisection; else encloses the optimum, also in the first and last of these
/// parts. Assumes one optimum between two points.
Line search_line(Trials& trials, const Point& start, std::size_t axis, const std::optional<Hint>& hint = {});

}  // namespace kiln::solve
