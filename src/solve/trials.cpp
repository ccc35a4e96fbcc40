// SPDX-License-Identifier: MIT
#include "solve/trials.h"

#include <algorithm>
#include <cmath>

#include "config/load.h"

namespace kiln::solve {

namespace {

constexpr double kInvalid = 1e6, kFailed = 1e9;  // violations beyond those of any constraint
constexpr double kSame = 1e-9;                   // relative: two objectives are equal

bool is_same(double one, double other) {
  return std::abs(one - other) <= kSame * std::max(std::abs(one), std::abs(other));
}

/// How near a constraint is to its limit; the lower, the more is left.
double tightest(const Question& question, const Trial& trial) {
  double most = -1e300;
  for (const report::Condition& constraint : question.constraints)
    most = std::max(most, excess(constraint, trial.outcome).value_or(most));
  return most;
}

}  // namespace

std::optional<double> excess(const report::Condition& constraint, const batch::Outcome& outcome) {
  const auto number = outcome.number(constraint.key);
  if (!number) return std::nullopt;
  const double scale = std::max(std::abs(constraint.value), 1e-12);
  const bool upper = constraint.comparison == report::Comparison::less ||
                     constraint.comparison == report::Comparison::less_or_equal;
  const double beyond = (upper ? 1 : -1) * (number->value - constraint.value) / scale;
  return constraint.holds(number->value) ? std::min(beyond, 0.0) : std::max(beyond, 1e-12);
}

Trials::Trials(const Question& question, std::vector<std::size_t> each, batch::BatchOptions options,
               Progress progress, Simulation simulation)
    : question_(question),
      limit_(question.most_runs - std::min(question.most_runs / 2, 2 * question.ranges())),
      each_(std::move(each)),
      options_(std::move(options)),
      progress_(std::move(progress)),
      simulation_(std::move(simulation)) {}

std::vector<std::string> Trials::case_labels() const {
  std::vector<std::string> labels;
  for (std::size_t i = 0; i < each_.size(); ++i) labels.push_back(question_.each[i].values[each_[i]]);
  return labels;
}

std::vector<std::string> Trials::settings_of(const Point& point) const {
  std::vector<std::string> settings;
  for (std::size_t i = 0; i < each_.size(); ++i)
    settings.push_back(setting(question_.each[i], static_cast<double>(each_[i])));
  for (std::size_t i = 0; i < point.size(); ++i) settings.push_back(setting(question_.over[i], point[i]));
  return settings;
}

std::vector<std::size_t> Trials::at(const std::vector<Point>& points) {
  std::vector<std::size_t> places;
  const std::size_t before = all_.size();
  for (const Point& point : points) {
    std::vector<std::string> settings = settings_of(point);
    const auto known = known_.find(settings);
    if (known != known_.end()) {
      places.push_back(known->second);
    } else if (runs_left() == 0) {
      places.push_back(kNone);
    } else {
      places.push_back(all_.size());
      known_[settings] = all_.size();
      all_.push_back({point, std::move(settings), {}, {}, 0});
    }
  }
  auto outcomes = batch::run_all(
      all_.size() - before, [&](std::size_t i) { return run(all_[before + i], batch::Bands::left_out); },
      options_, [&](std::size_t done, std::size_t) { progress_(before + done); });
  for (std::size_t i = 0; i < outcomes.size(); ++i) {
    all_[before + i].outcome = std::move(outcomes[i]);
    judge(all_[before + i]);
  }
  return places;
}

void Trials::add_bands(const std::vector<std::size_t>& indices) {
  auto outcomes = batch::run_all(
      indices.size(), [&](std::size_t i) { return run(all_[indices[i]], batch::Bands::wanted); }, options_);
  for (std::size_t i = 0; i < indices.size(); ++i)
    if (!outcomes[i].failed()) all_[indices[i]].outcome = std::move(outcomes[i]);
}

batch::Outcome Trials::run(const Trial& trial, batch::Bands bands) const {
  config::Node tree = question_.experiment;
  for (const std::string& assignment : trial.settings) config::apply_override(tree, assignment);
  const auto loaded =
      config::read_tree<experiment::ExperimentConfig>(tree, question_.file, config::Reader(question_.parts));
  return simulation_(loaded.value, options_.cache, bands);
}

void Trials::judge(Trial& trial) const {
  batch::Outcome& outcome = trial.outcome;
  const auto need = [&](const std::string& key) {
    if (!outcome.failed() && !outcome.number(key))
      outcome.failure = fmt::format("the run has no number '{}'", key);
  };
  for (const Objective& objective : question_.objectives) need(objective.metric);
  for (const report::Condition& constraint : question_.constraints) need(constraint.key);
  if (outcome.failed()) {
    trial.violation = kFailed;
    return;
  }
  for (const Objective& objective : question_.objectives)
    trial.objectives.push_back(outcome.number(objective.metric)->value);
  for (const report::Condition& constraint : question_.constraints)
    trial.violation += std::max(0.0, *excess(constraint, outcome));
  if (outcome.invalid()) trial.violation += kInvalid;
}

double cost(const Question& question, const Trial& trial, std::size_t objective) {
  return (question.objectives[objective].maximise ? -1 : 1) * trial.objectives[objective];
}

bool level(const Question& question, const Trial& a, const Trial& b) {
  if (a.failed() || b.failed()) return a.failed() == b.failed();
  return a.violation == b.violation && is_same(cost(question, a), cost(question, b));
}

bool better(const Question& question, const Trial& a, const Trial& b) {
  if (a.violation != b.violation) return a.violation < b.violation;
  if (a.failed()) return false;
  const double one = cost(question, a), other = cost(question, b);
  if (!is_same(one, other)) return one < other;
  const bool fine = a.outcome.validity == "ok", other_fine = b.outcome.validity == "ok";
  return fine != other_fine ? fine : tightest(question, a) < tightest(question, b);
}

bool dominates(const Question& question, const Trial& a, const Trial& b) {
  if (!a.feasible() || !b.feasible()) return a.violation < b.violation;
  bool ahead = false;
  for (std::size_t i = 0; i < question.objectives.size(); ++i) {
    const double one = cost(question, a, i), other = cost(question, b, i);
    if (one > other) return false;
    ahead = ahead || one < other;
  }
  return ahead;
}

}  // namespace kiln::solve
