// SPDX-License-Identifier: MIT
#include "solve/search.h"

#include <algorithm>

#include "base/text.h"
#include "solve/population_search.h"

namespace kiln::solve {

namespace {

constexpr double kPopulationShare = 0.5;  // of the runs; the others improve its best
constexpr std::size_t kRunsOfLine = 12;   // about what a search along a range takes

/// All combinations of values, the last axis fastest; ranges stand at their low end.
std::vector<Point> combinations(const Question& question) {
  std::vector<Point> points(1);
  for (const Axis& axis : question.over) {
    std::vector<Point> longer;
    for (const Point& point : points)
      for (std::size_t i = 0; i < (axis.continuous ? 1 : axis.values.size()); ++i) {
        longer.push_back(point);
        longer.back().push_back(static_cast<double>(i));
      }
    points = std::move(longer);
  }
  return points;
}

std::string values_text(const Question& question, const Point& point) {
  std::vector<std::string> words;
  for (std::size_t i = 0; i < point.size(); ++i)
    if (!question.over[i].continuous) words.push_back(setting(question.over[i], point[i]));
  return base::join(words, " ");
}

/// A line for each combination. Where the objective rises along the range, so that what the best combination
/// reached can be held against another one at a point, a combination that cannot reach it is left out.
class Lines {
 public:
  Lines(Trials& trials, SearchReport& report, const std::optional<Hint>& hint)
      : trials_(trials), report_(report), hint_(hint), axis_(first_range(trials.question())) {}

  void run() {
    for (const Point& start : combinations(trials_.question())) {
      if (trials_.runs_left() == 0) return;
      if (best_ != Trials::kNone && trials_[best_].feasible() && cannot_win(start)) continue;
      const Line line = search_line(trials_, start, axis_, hint_);
      if (line.best == Trials::kNone) return;
      if (best_ != Trials::kNone && !better(trials_.question(), trials_[line.best], trials_[best_])) continue;
      best_ = line.best;
      towards_ = line.towards;
      if (trials_[best_].feasible())
        report_.hint = Hint{trials_[best_].point[axis_], towards_, line.excess_slope};
    }
  }

 private:
  bool behind(const Trial& trial) const {
    const Question& question = trials_.question();
    return !trial.failed() && cost(question, trial) >= cost(question, trials_[best_]);
  }

  bool cannot_win(const Point& start) {
    if (towards_ == 0) return false;
    Point at_best = start;
    at_best[axis_] = trials_[best_].point[axis_];
    Point at_end = start;
    at_end[axis_] = towards_ > 0 ? 1 : 0;
    const Axis& about = trials_.question().over[axis_];
    // What is better lies further, and is not allowed there either.
    const std::size_t here = trials_.at(at_best);
    if (here != Trials::kNone && !trials_[here].feasible() && behind(trials_[here])) {
      leave_out(start, fmt::format("not allowed at {} already, where it is no better",
                                   setting(about, at_best[axis_])));
      return true;
    }
    const std::size_t there = trials_.at(at_end);
    if (there != Trials::kNone && behind(trials_[there])) {
      leave_out(start, fmt::format("no better even at {}", setting(about, at_end[axis_])));
      return true;
    }
    return false;
  }

  void leave_out(const Point& start, const std::string& why) {
    report_.pruned.push_back(fmt::format("{}: {}", values_text(trials_.question(), start), why));
  }

  Trials& trials_;
  SearchReport& report_;
  std::optional<Hint> hint_;
  std::size_t axis_;
  std::size_t best_ = Trials::kNone;
  int towards_ = 0;
};

/// Along one range after another from the best point, until that changes nothing.
void improve(Trials& trials) {
  const Question& question = trials.question();
  for (std::size_t before = Trials::kNone; before != best_of(trials) && trials.runs_left() > 0;) {
    before = best_of(trials);
    for (std::size_t axis = 0; axis < question.over.size(); ++axis)
      if (question.over[axis].continuous && trials.runs_left() > 0)
        search_line(trials, trials[best_of(trials)].point, axis);
  }
}

}  // namespace

std::size_t first_range(const Question& question) {
  const auto found = std::find_if(question.over.begin(), question.over.end(),
                                  [](const Axis& axis) { return axis.continuous; });
  return static_cast<std::size_t>(found - question.over.begin());
}

std::size_t best_of(const Trials& trials) {
  std::size_t best = Trials::kNone;
  for (std::size_t i = 0; i < trials.all().size(); ++i)
    if (best == Trials::kNone || better(trials.question(), trials[i], trials[best])) best = i;
  return best;
}

SearchReport search(Trials& trials, const std::optional<Hint>& hint) {
  const Question& question = trials.question();
  SearchReport report;
  const std::size_t count = question.combinations(), ranges = question.ranges();
  if (ranges == 0 && count <= trials.runs_left()) {
    report.method = fmt::format("all {} combinations", count);
    trials.at(combinations(question));
  } else if (question.objectives.size() == 1 && ranges == 1 &&
             count * kRunsOfLine <= std::max(trials.runs_left(), kRunsOfLine)) {
    report.method =
        count == 1 ? "along the range" : fmt::format("along the range for {} combinations", count);
    Lines(trials, report, count == 1 ? hint : std::nullopt).run();
  } else {
    report.method = "a population of points";
    const bool one = question.objectives.size() == 1;
    const double runs = static_cast<double>(trials.runs_left());
    search_population(trials, static_cast<std::size_t>(one && ranges > 0 ? kPopulationShare * runs : runs));
    if (one) improve(trials);
  }
  return report;
}

}  // namespace kiln::solve
