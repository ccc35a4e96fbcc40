// SPDX-License-Identifier: MIT
// Several ways to spend the same of something: at equal die area a larger buffer, more MACs or one more
// channel, each by itself.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "batch/processes.h"
#include "solve/trials.h"

namespace kiln::solve {

/// What is equal: a number of summary.json, and how much of it, in its unit. Without a value it is the most
/// that a listed value of any axis comes to.
struct Equal {
  std::string metric;
  std::optional<double> value;
};

/// From 'METRIC' or 'METRIC=NUMBER'; "area" is die_area_m2. Throws ConfigError.
Equal parse_equal(const std::string& option, const std::string& text);

/// One way: an axis of the question as far as what is equal lets it go.
struct Alternative {
  std::string key;
  std::optional<Trial> trial;  ///< nothing: no value that was tried is allowed
  bool reaches = false;        ///< it comes to within the tolerance of what is equal
  std::size_t runs = 0;
};

struct Alternatives {
  Equal equal;  ///< with its value
  batch::Outcome as_it_is;
  std::vector<Alternative> ways;  ///< in the order of the axes
};

/// Moves each axis of `question.over` by itself to where `equal` is reached or nearest from below; the
/// question's objectives and constraints are told of each, not searched. Throws ConfigError where no value is
/// given and no axis lists values, SimError where the experiment itself fails.
Alternatives at_equal(const Question& question, Equal equal, const batch::BatchOptions& options,
                      const Trials::Simulation& simulation,
                      const std::function<void(std::size_t runs)>& progress);

std::string equal_text(const Question& question, const Alternatives& found);
std::string equal_json(const Question& question, const Alternatives& found);
std::string equal_csv(const Question& question, const Alternatives& found);

}  // namespace kiln::solve
