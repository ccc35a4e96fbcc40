// SPDX-License-Identifier: MIT
// The runs of a question: each point of the axes once, and how good it is.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "batch/processes.h"
#include "solve/question.h"

namespace kiln::solve {

/// Coordinates along Question::over, see Axis.
using Point = std::vector<double>;

struct Trial {
  Point point;
  std::vector<std::string> settings;  ///< of this trial's case and point
  batch::Outcome outcome;
  std::vector<double> objectives;  ///< as reported
  double violation = 0;  ///< sum over the constraints of the relative excess; invalid and failed: huge

  bool failed() const { return outcome.failed(); }
  /// Valid, and all constraints hold.
  bool feasible() const { return violation == 0; }
};

/// Runs trials of one case, that is: with the values of Question::each fixed.
class Trials {
 public:
  /// Called before a run begins, with how many have ended so far.
  using Progress = std::function<void(std::size_t runs)>;
  /// What an experiment gives, in a process of its own.
  using Simulation = std::function<batch::Outcome(const experiment::ExperimentConfig& experiment,
                                                  const output::Cache& cache, batch::Bands bands)>;

  /// `question` must outlive it. `each`: index of the value of each axis of Question::each.
  Trials(const Question& question, std::vector<std::size_t> each, batch::BatchOptions options,
         Progress progress, Simulation simulation);

  /// The trials at these points, those that are new run at once. Beyond the question's limit of runs no new
  /// one begins: its place in the result is kNone.
  std::vector<std::size_t> at(const std::vector<Point>& points);
  std::size_t at(const Point& point) { return at(std::vector<Point>{point}).front(); }
  /// Runs these again for their bands, which searches do without.
  void add_bands(const std::vector<std::size_t>& indices);
  static constexpr std::size_t kNone = static_cast<std::size_t>(-1);

  const Question& question() const { return question_; }
  const Trial& operator[](std::size_t index) const { return all_[index]; }
  const std::deque<Trial>& all() const { return all_; }
  std::size_t runs_left() const { return limit_ - std::min(limit_, all_.size()); }
  /// From now on the runs kept back for what is asked around the answer may be used.
  void use_reserve() { limit_ = question_.most_runs; }
  const std::vector<std::size_t>& each() const { return each_; }
  /// Texts of the values of this case.
  std::vector<std::string> case_labels() const;

 private:
  std::vector<std::string> settings_of(const Point& point) const;
  batch::Outcome run(const Trial& trial, batch::Bands bands) const;
  void judge(Trial& trial) const;

  const Question& question_;
  std::size_t limit_;  ///< of runs
  std::vector<std::size_t> each_;
  batch::BatchOptions options_;
  Progress progress_;
  Simulation simulation_;
  std::deque<Trial> all_;
  std::map<std::vector<std::string>, std::size_t> known_;
};

/// Deb's rule (2000): a feasible trial before one that is not, among those the one that violates less, among
/// feasible ones the better objective; equals are told apart by warnings, then by what is left to the
/// constraints: a range that does not touch the objective gives way to one that does. For one objective.
bool better(const Question& question, const Trial& a, const Trial& b);
/// Equal in the first objective, and in how much they violate.
bool level(const Question& question, const Trial& a, const Trial& b);
/// As good in every objective and better in one; by violation where one is not feasible.
bool dominates(const Question& question, const Trial& a, const Trial& b);
/// The objective as something to make small.
double cost(const Question& question, const Trial& trial, std::size_t objective = 0);
/// How far a constraint is from holding, as a share of its limit; above 0: it does not. Nothing where the
/// run has no such number.
std::optional<double> excess(const report::Condition& constraint, const batch::Outcome& outcome);

}  // namespace kiln::solve
