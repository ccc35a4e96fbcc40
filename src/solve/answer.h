// SPDX-License-Identifier: MIT
// What the runs say to the question, and how sure that is.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "solve/search.h"
#include "solve/trials.h"

namespace kiln::solve {

/// What a small change of one key does at the answer.
struct Slope {
  std::size_t axis = 0;
  double from = 0, to = 0;  ///< the key's numbers that were compared
  double objective_from = 0, objective_to = 0;
  std::vector<std::pair<double, double>> constraints;  ///< numbers of each constraint at both
};

struct Answer {
  std::vector<std::string> labels;      ///< values of Question::each
  std::vector<std::size_t> best;        ///< trials: the best one, or the front; empty: no point is allowed
  std::size_t closest = Trials::kNone;  ///< where there is none: the trial that violates least
  std::vector<std::string> bound_by;    ///< what keeps it from being better, as a phrase each
  std::optional<std::size_t> binding;   ///< the constraint of the question among them, if it is one alone
  std::vector<Slope> slopes;            ///< one a range
  std::optional<double> per_unit;       ///< objective for one unit more of the binding constraint's limit
  std::size_t runs = 0, infeasible = 0, invalid = 0, failed = 0;
  SearchReport search;
};

/// Searches, from the answer of a case nearby if there is one, and asks around what was found.
Answer answer(Trials& trials, const Answer* nearby = nullptr);

}  // namespace kiln::solve
