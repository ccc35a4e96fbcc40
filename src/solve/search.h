// SPDX-License-Identifier: MIT
// Which search a question gets.
#pragma once

#include <string>
#include <vector>

#include "solve/line_search.h"
#include "solve/trials.h"

namespace kiln::solve {

struct SearchReport {
  std::string method;               ///< a phrase: "all 12 combinations"
  std::vector<std::string> pruned;  ///< combinations that were left out, each with the reason
  std::optional<Hint> hint;         ///< for the next case, where one range alone was searched
};

/// One objective: every combination of values when there is no range, along the range for each combination
/// when there is one, else a population whose best is then improved along each range. Several objectives:
/// every combination when they may all be run, else a population.
/// `hint`: of a case nearby.
SearchReport search(Trials& trials, const std::optional<Hint>& hint = {});

/// The first axis of Question::over that is a range; their count without one.
std::size_t first_range(const Question& question);

/// Index of the best trial by Deb's rule; kNone without trials.
std::size_t best_of(const Trials& trials);

}  // namespace kiln::solve
