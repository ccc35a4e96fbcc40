// SPDX-License-Identifier: MIT
// The runs of a question along one range, the other axes fixed.
#pragma once

#include <optional>
#include <vector>

#include "solve/trials.h"

namespace kiln::solve {

/// A run on a line: its coordinate along the range, and its trial.
struct Seen {
  double at = 0;
  std::size_t trial = Trials::kNone;
};

/// The runs next to one of a line; nothing where there is none on that side.
struct Beside {
  std::optional<Seen> below, above;
};

class RunsOnLine {
 public:
  /// `trials` must outlive it. The line through `start` along the range `axis`.
  RunsOnLine(Trials& trials, Point start, std::size_t axis);

  /// Runs a point if that is new. Nothing when no more runs are allowed.
  std::optional<Seen> look(double at);
  /// Runs these points together, as far as runs are left.
  void look(const std::vector<double>& places);

  /// All so far, from the low to the high end.
  std::vector<Seen> all() const;
  /// Of at least one.
  Seen best() const;
  Beside beside(const Seen& seen) const;

  const Question& question() const { return trials_.question(); }
  const Trial& trial(const Seen& seen) const { return trials_[seen.trial]; }
  const Axis& axis() const { return question().over[axis_]; }
  bool is_better(const Seen& a, const Seen& b) const { return better(question(), trial(a), trial(b)); }
  /// Equal in the objective, and in how much they violate.
  bool is_level(const Seen& a, const Seen& b) const { return level(question(), trial(a), trial(b)); }

  /// Within the tolerance of one another.
  bool is_narrow(double one_at, double other_at) const;

 private:
  /// How far from a number of this size an answer may lie.
  double tolerance_at(double number) const;
  Point at_place(double at) const;

  Trials& trials_;
  Point start_;
  std::size_t axis_;
};

}  // namespace kiln::solve
