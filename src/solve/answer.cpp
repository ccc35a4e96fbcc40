// SPDX-License-Identifier: MIT
#include "solve/answer.h"

#include <algorithm>
#include <cmath>

#include "base/text.h"
#include "solve/enclose.h"
#include "solve/population_search.h"
#include "solve/runs_on_line.h"

namespace kiln::solve {

namespace {

constexpr int kMostFurther = 8;                      // of searches that go on
constexpr double kNudge = 0.01;                      // of a key's number: what is asked around the answer
constexpr double kLeastNudge = 0.2, kMostNudge = 3;  // of that: runs of the search that serve as well

std::vector<std::size_t> violated_by(const Question& question, const Trial& trial) {
  std::vector<std::size_t> violated;
  for (std::size_t i = 0; i < question.constraints.size(); ++i)
    if (excess(question.constraints[i], trial.outcome).value_or(0) > 0) violated.push_back(i);
  return violated;
}

/// The trial that would be better and speaks the least against itself.
std::size_t nearest_better(const Trials& trials, std::size_t best) {
  std::size_t nearest = Trials::kNone;
  for (std::size_t i = 0; i < trials.all().size(); ++i) {
    const Trial& trial = trials[i];
    if (trial.feasible() || trial.failed()) continue;
    if (cost(trials.question(), trial) >= cost(trials.question(), trials[best])) continue;
    if (nearest == Trials::kNone || trial.violation < trials[nearest].violation) nearest = i;
  }
  return nearest;
}

/// What the runs beside the answer say along its ranges. Ends of ranges are named only where the objective
/// falls off from them.
class Ends {
 public:
  Ends(Trials& trials, std::size_t best) {
    const Question& question = trials.question();
    for (std::size_t i = 0; i < question.over.size(); ++i)
      if (question.over[i].continuous)
        add(RunsOnLine(trials, trials[best].point, i), {trials[best].point[i], best});
  }

  std::vector<std::string> binding;

  /// Where nothing binds: why not.
  std::string reason() const {
    if (!unknown_.empty())
      return fmt::format("not known: no run on both sides of the answer along {}; --max-runs allows more",
                         base::join(unknown_, ", "));
    if (!level_.empty())
      return fmt::format("nothing: level at the end of the range of {}", base::join(level_, ", "));
    return any_ ? "nothing: the optimum lies inside" : "nothing but the choice of values";
  }

 private:
  void add(const RunsOnLine& line, const Seen& answer) {
    any_ = true;
    const Beside beside = line.beside(answer);
    const std::string& key = line.axis().key;
    const bool end = line.axis().is_end(answer.at);
    if (end ? !beside.below && !beside.above : !beside.below || !beside.above)
      unknown_.push_back(key);
    else if (end && line.is_level(answer, beside.below ? *beside.below : *beside.above))
      level_.push_back(key);
    else if (end)
      binding.push_back("the end of the range of " + key);
  }

  std::vector<std::string> unknown_, level_;
  bool any_ = false;
};

void find_bounds(Trials& trials, std::size_t best, Answer& answer) {
  const Question& question = trials.question();
  if (const std::size_t other = nearest_better(trials, best); other != Trials::kNone) {
    const std::vector<std::size_t> violated = violated_by(question, trials[other]);
    for (const std::size_t i : violated) answer.bound_by.push_back(question.constraints[i].text);
    if (violated.size() == 1) answer.binding = violated.front();
    if (trials[other].outcome.invalid()) {
      answer.bound_by.push_back("validity: " + trials[other].outcome.finding);
      answer.binding.reset();
    }
  }
  const Ends ends(trials, best);
  answer.bound_by.insert(answer.bound_by.end(), ends.binding.begin(), ends.binding.end());
  if (answer.bound_by.empty()) answer.bound_by.push_back(ends.reason());
}

std::vector<double> constrained_numbers(const Question& question, const Trial& trial) {
  std::vector<double> numbers;
  for (const report::Condition& constraint : question.constraints)
    numbers.push_back(trial.outcome.number(constraint.key).value_or(batch::Estimate{}).value);
  return numbers;
}

/// The nearest trial on the same line whose number lies beyond the best one's by the share, and not by much
/// more.
std::optional<double> known_beside(const Trials& trials, std::size_t best, std::size_t axis, double step) {
  const Axis& about = trials.question().over[axis];
  const double number = about.number(trials[best].point[axis]);
  std::optional<double> nearest;
  for (const Trial& trial : trials.all()) {
    Point moved = trial.point;
    moved[axis] = trials[best].point[axis];
    const double away = (about.number(trial.point[axis]) - number) / step;
    if (trial.failed() || moved != trials[best].point || away < kLeastNudge || away > kMostNudge) continue;
    if (!nearest || std::abs(trial.point[axis] - moved[axis]) < std::abs(*nearest - moved[axis]))
      nearest = trial.point[axis];
  }
  return nearest;
}

/// Two points around the best one, the far ones of a range at its ends.
std::optional<Slope> slope_along(Trials& trials, std::size_t best, std::size_t axis) {
  const Question& question = trials.question();
  const Axis& about = question.over[axis];
  const double number = about.number(trials[best].point[axis]);
  const double step = about.whole ? std::max(1.0, std::round(kNudge * std::abs(number)))
                                  : std::max(kNudge * std::abs(number), 1e-3 * (about.high - about.low));
  Point low = trials[best].point, high = low;
  const auto beside = [&](double by, double at_most) {
    if (const auto known = known_beside(trials, best, axis, by)) return *known;
    return about.coordinate(at_most);
  };
  low[axis] = beside(-step, std::max(about.low, number - step));
  high[axis] = beside(step, std::min(about.high, number + step));
  const auto tried = trials.at(std::vector<Point>{low, high});
  if (tried[0] == Trials::kNone || tried[1] == Trials::kNone) return std::nullopt;
  const Trial &one = trials[tried[0]], &other = trials[tried[1]];
  if (one.failed() || other.failed()) return std::nullopt;
  Slope slope{axis,
              about.number(one.point[axis]),
              about.number(other.point[axis]),
              one.objectives[0],
              other.objectives[0],
              {}};
  const auto below = constrained_numbers(question, one), above = constrained_numbers(question, other);
  for (std::size_t i = 0; i < below.size(); ++i) slope.constraints.emplace_back(below[i], above[i]);
  return slope;
}

/// Slopes at the best point. A run beside it that is better shows that the search ended too early, and it
/// goes on from there.
std::size_t ask_around(Trials& trials, std::size_t best, Answer& answer) {
  const std::vector<Axis>& over = trials.question().over;
  for (int round = 0; round < kMostFurther; ++round) {
    answer.slopes.clear();
    for (std::size_t axis = 0; axis < over.size(); ++axis)
      if (over[axis].continuous)
        if (auto slope = slope_along(trials, best, axis)) answer.slopes.push_back(std::move(*slope));
    if (best_of(trials) == best || trials.runs_left() == 0) break;
    for (std::size_t axis = 0; axis < over.size(); ++axis) {
      if (!over[axis].continuous) continue;
      RunsOnLine line(trials, trials[best_of(trials)].point, axis);
      enclose(line);
    }
    best = best_of(trials);
    if (answer.search.hint)
      answer.search.hint = Hint{trials[best].point[first_range(trials.question())], 0, 0};
  }
  return best_of(trials);
}

/// Along one range the objective and the binding number move together.
std::optional<double> price_of(const Answer& answer) {
  if (!answer.binding || answer.slopes.size() != 1) return std::nullopt;
  const Slope& slope = answer.slopes.front();
  const auto& [from, to] = slope.constraints[*answer.binding];
  if (to == from) return std::nullopt;
  return (slope.objective_to - slope.objective_from) / (to - from);
}

void count(const Trials& trials, Answer& answer) {
  answer.runs = trials.all().size();
  for (const Trial& trial : trials.all()) {
    if (trial.failed())
      ++answer.failed;
    else if (trial.outcome.invalid())
      ++answer.invalid;
    else if (!trial.feasible())
      ++answer.infeasible;
  }
}

}  // namespace

Answer answer(Trials& trials, const Answer* nearby) {
  Answer answer;
  answer.labels = trials.case_labels();
  answer.search = search(trials, nearby == nullptr ? std::nullopt : nearby->search.hint);
  if (!answer.search.hint && nearby != nullptr) answer.search.hint = nearby->search.hint;
  trials.use_reserve();
  const std::size_t best = best_of(trials);
  if (best == Trials::kNone || !trials[best].feasible()) {
    answer.closest = best;
  } else if (trials.question().objectives.size() > 1) {
    answer.best = front_of(trials);
  } else {
    answer.best = {ask_around(trials, best, answer)};
    find_bounds(trials, answer.best.front(), answer);
    answer.per_unit = price_of(answer);
  }
  trials.add_bands(answer.best);
  count(trials, answer);
  return answer;
}

}  // namespace kiln::solve
