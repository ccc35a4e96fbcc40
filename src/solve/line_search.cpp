// SPDX-License-Identifier: MIT
#include "solve/line_search.h"

#include <algorithm>
#include <cmath>

#include "solve/enclose.h"

namespace kiln::solve {

namespace {

constexpr int kSamples = 5, kMostRounds = 40;
constexpr double kFirstStep = 0.05, kLeastStep = 1e-4;  // of a range, from a hint
constexpr double kAim = 2e-5;                           // below its limit, as a share
constexpr double kBeyond = 1 - 1e-3;  // of the way to where a constraint is expected to end it
constexpr double kLeastShare = 0.05;  // of a bracket that a step takes off

class LineSearch {
 public:
  LineSearch(Trials& trials, const Point& start, std::size_t axis) : runs_(trials, start, axis) {}

  Line run(const std::optional<Hint>& hint) {
    if (hint && hint->towards != 0)
      walk(*hint);
    else
      sample();
    seen_ = runs_.all();
    Line line;
    if (seen_.empty()) return line;
    line.towards = trend();
    const std::size_t at = best_sample();
    std::optional<Seen> end;
    if (const auto beyond = end_of_feasible(at)) end = find_end(seen_[at], seen_[*beyond]);
    if (!end || lies_before(*end)) {
      enclose(runs_);
      if (!runs_.axis().is_end(best().at)) line.towards = 0;
    }
    line.best = best().trial;
    line.excess_slope = excess_slope_;
    return line;
  }

 private:
  const Question& question() const { return runs_.question(); }
  const Trial& trial(const Seen& seen) const { return runs_.trial(seen); }
  double cost_of(const Seen& seen) const { return cost(question(), trial(seen)); }
  Seen best() const { return runs_.best(); }
  bool is_narrow(double a, double b) const { return runs_.is_narrow(a, b); }

  /// The optimum is reached before what is allowed ends.
  bool lies_before(const Seen& end) const {
    return runs_.is_better(best(), end) && !runs_.is_level(best(), end);
  }

  void sample() {
    std::vector<double> places;
    for (int i = 0; i < kSamples; ++i) places.push_back(static_cast<double>(i) / (kSamples - 1));
    runs_.look(places);
  }

  /// So far that what nearly ends the range, or has ended it, changes its side.
  double first_step(const Trial& trial, const Hint& hint) const {
    const auto constraint = trial.feasible() ? tightest_constraint(trial) : deciding_constraint(trial);
    if (!constraint || hint.excess_slope == 0) return kFirstStep;
    const double left = excess(question().constraints[*constraint], trial.outcome).value_or(0);
    return std::clamp(std::abs(kBeyond * left / hint.excess_slope), kLeastStep, kFirstStep * 4);
  }

  /// Allowed, and what is left to the end of the range is less than anybody asks for.
  bool is_at_end(const Seen& seen) const {
    const auto constraint = trial(seen).feasible() ? tightest_constraint(trial(seen)) : std::nullopt;
    if (!constraint || excess_slope_ == 0) return false;
    const double left = excess(question().constraints[*constraint], trial(seen).outcome).value_or(-1);
    return is_narrow(seen.at, seen.at - left / excess_slope_);
  }

  std::optional<std::size_t> tightest_constraint(const Trial& trial) const {
    std::optional<std::size_t> tightest;
    double most = -1;
    for (std::size_t i = 0; i < question().constraints.size(); ++i) {
      const double over = excess(question().constraints[i], trial.outcome).value_or(-1);
      if (over > most) {
        most = over;
        tightest = i;
      }
    }
    return tightest;
  }

  /// Steps that double, towards the better side as long as it is allowed, else back until it is.
  void walk(const Hint& hint) {
    auto now = runs_.look(hint.at);
    if (!now) return;
    seen_.push_back(*now);
    const bool allowed = trial(*now).feasible();
    const double side = allowed ? hint.towards : -hint.towards;
    excess_slope_ = hint.excess_slope;
    for (double step = first_step(trial(*now), hint);; step *= 2) {
      const double next = std::clamp(seen_.back().at + side * step, 0.0, 1.0);
      if (next == seen_.back().at) break;
      now = runs_.look(next);
      if (!now) break;
      seen_.push_back(*now);
      if (trial(*now).feasible() != allowed || is_at_end(*now)) break;
    }
  }

  std::size_t best_sample() const {
    std::size_t best = 0;
    for (std::size_t i = 1; i < seen_.size(); ++i)
      if (runs_.is_better(seen_[i], seen_[best])) best = i;
    return best;
  }

  int trend() const {
    int up = 0, down = 0;
    for (std::size_t i = 1; i < seen_.size(); ++i) {
      if (trial(seen_[i]).failed() || trial(seen_[i - 1]).failed()) return 0;
      (cost_of(seen_[i]) < cost_of(seen_[i - 1]) ? up : down) += 1;
    }
    return down == 0 ? 1 : up == 0 ? -1 : 0;
  }

  /// The neighbour of a feasible point that would be better, could it be had.
  std::optional<std::size_t> end_of_feasible(std::size_t at) const {
    if (!trial(seen_[at]).feasible()) return std::nullopt;
    for (const int side : {1, -1}) {
      const auto index = static_cast<std::ptrdiff_t>(at) + side,
                 other = static_cast<std::ptrdiff_t>(at) - side;
      const auto exists = [&](std::ptrdiff_t i) {
        return i >= 0 && i < static_cast<std::ptrdiff_t>(seen_.size());
      };
      if (!exists(index)) continue;
      const Seen& beyond = seen_[static_cast<std::size_t>(index)];
      if (trial(beyond).feasible()) continue;
      const bool known = !trial(beyond).failed() && !trial(beyond).outcome.invalid();
      const bool worse_behind =
          !exists(other) || runs_.is_better(seen_[at], seen_[static_cast<std::size_t>(other)]);
      if (known ? cost_of(beyond) <= cost_of(seen_[at]) : worse_behind)
        return static_cast<std::size_t>(index);
    }
    return std::nullopt;
  }

  /// What speaks against the point beyond, as a number that is 0 where it ends to.
  std::optional<std::size_t> deciding_constraint(const Trial& beyond) const {
    if (beyond.failed() || beyond.outcome.invalid()) return std::nullopt;
    std::optional<std::size_t> worst;
    double most = 0;
    for (std::size_t i = 0; i < question().constraints.size(); ++i) {
      const double over = excess(question().constraints[i], beyond.outcome).value_or(0);
      if (over > most) {
        most = over;
        worst = i;
      }
    }
    return worst;
  }

  /// The last run that is allowed, as near to its end as is asked.
  Seen find_end(Seen in, Seen out) {
    double weight_in = 1, weight_out = 1;  // of the Illinois rule: an end that stays counts half
    for (int round = 0; round < kMostRounds && !is_narrow(in.at, out.at); ++round) {
      double share = 0.5;
      if (const auto constraint = deciding_constraint(trial(out))) {
        const report::Condition& condition = question().constraints[*constraint];
        const double below = -weight_in * excess(condition, trial(in).outcome).value_or(0);
        const double above = kAim + weight_out * excess(condition, trial(out).outcome).value_or(0);
        if (weight_in * weight_out == 1) excess_slope_ = (above + below) / (out.at - in.at);
        if (below + above > 0) share = std::clamp(below / (below + above), kLeastShare, 1 - kLeastShare);
      }
      const auto next = runs_.look(in.at + share * (out.at - in.at));
      if (!next || next->trial == in.trial || next->trial == out.trial) break;
      const bool feasible = trial(*next).feasible();
      (feasible ? in : out) = *next;
      if (is_at_end(*next)) break;
      weight_in = feasible ? 1 : weight_in / 2;
      weight_out = feasible ? weight_out / 2 : 1;
    }
    return in;
  }

  RunsOnLine runs_;
  std::vector<Seen> seen_;
  double excess_slope_ = 0;
};

}  // namespace

Line search_line(Trials& trials, const Point& start, std::size_t axis, const std::optional<Hint>& hint) {
  return LineSearch(trials, start, axis).run(hint);
}

}  // namespace kiln::solve
