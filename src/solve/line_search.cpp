// SPDX-License-Identifier: MIT
#include "solve/line_search.h"

#include <algorithm>
#include <cmath>

namespace kiln::solve {

namespace {

constexpr int kSamples = 5, kMostRounds = 40;
constexpr double kGolden = 0.6180339887498949;
constexpr double kFirstStep = 0.05, kLeastStep = 1e-4;  // of a range, from a hint
constexpr double kAim = 2e-5;                           // below its limit, as a share
constexpr double kBeyond = 1 - 1e-3;  // of the way to where a constraint is expected to end it
constexpr double kLeastShare = 0.05;  // of a bracket that a step takes off

class LineSearch {
 public:
  LineSearch(Trials& trials, Point start, std::size_t axis)
      : trials_(trials), start_(std::move(start)), axis_(axis), about_(trials.question().over[axis]) {}

  Line run(double from, double to, const std::optional<Hint>& hint) {
    if (hint && hint->towards != 0)
      walk(*hint);
    else
      sample(from, to);
    Line line;
    if (seen_.empty()) return line;
    line.towards = trend();
    const std::size_t at = best_sample();
    if (const auto beyond = end_of_feasible(at))
      find_end(seen_[at].at, seen_[*beyond].at);
    else if (at > 0 && at + 1 < seen_.size())
      golden(seen_[at - 1].at, seen_[at + 1].at);
    line.best = best_;
    line.excess_slope = excess_slope_;
    return line;
  }

 private:
  struct Seen {
    double at = 0;
    std::size_t trial = Trials::kNone;
  };

  const Trial& trial(const Seen& seen) const { return trials_[seen.trial]; }
  bool is_better(std::size_t a, std::size_t b) const {
    return better(trials_.question(), trials_[a], trials_[b]);
  }
  double cost_of(const Seen& seen) const { return cost(trials_.question(), trial(seen)); }

  /// Nothing when no more runs are allowed.
  std::optional<Seen> look(double at) {
    Point point = start_;
    point[axis_] = at;
    const std::size_t index = trials_.at(point);
    if (index == Trials::kNone) return std::nullopt;
    if (best_ == Trials::kNone || is_better(index, best_)) best_ = index;
    return Seen{at, index};
  }

  void sample(double from, double to) {
    std::vector<Point> points;
    for (int i = 0; i < kSamples; ++i) {
      points.push_back(start_);
      points.back()[axis_] = from + (to - from) * i / (kSamples - 1);
    }
    trials_.at(points);  // together, then one by one from what is known
    for (const Point& point : points)
      if (const auto seen = look(point[axis_]); seen && (seen_.empty() || seen_.back().trial != seen->trial))
        seen_.push_back(*seen);
  }

  /// So far that what nearly ends the range, or has ended it, changes its side.
  double first_step(const Trial& trial, const Hint& hint) const {
    const auto constraint = trial.feasible() ? tightest_constraint(trial) : deciding_constraint(trial);
    if (!constraint || hint.excess_slope == 0) return kFirstStep;
    const double left = excess(trials_.question().constraints[*constraint], trial.outcome).value_or(0);
    return std::clamp(std::abs(kBeyond * left / hint.excess_slope), kLeastStep, kFirstStep * 4);
  }

  /// Allowed, and what is left to the end of the range is less than anybody asks for.
  bool is_at_end(const Seen& seen) const {
    const auto constraint = trial(seen).feasible() ? tightest_constraint(trial(seen)) : std::nullopt;
    if (!constraint || excess_slope_ == 0) return false;
    const double left = excess(trials_.question().constraints[*constraint], trial(seen).outcome).value_or(-1);
    return is_narrow(seen.at, seen.at - left / excess_slope_);
  }

  std::optional<std::size_t> tightest_constraint(const Trial& trial) const {
    std::optional<std::size_t> tightest;
    double most = -1;
    for (std::size_t i = 0; i < trials_.question().constraints.size(); ++i) {
      const double over = excess(trials_.question().constraints[i], trial.outcome).value_or(-1);
      if (over > most) {
        most = over;
        tightest = i;
      }
    }
    return tightest;
  }

  /// Steps that double, towards the better side as long as it is allowed, else back until it is.
  void walk(const Hint& hint) {
    auto now = look(hint.at);
    if (!now) return;
    seen_.push_back(*now);
    const bool allowed = trial(*now).feasible();
    const double side = allowed ? hint.towards : -hint.towards;
    excess_slope_ = hint.excess_slope;
    for (double step = first_step(trial(*now), hint);; step *= 2) {
      const double next = std::clamp(seen_.back().at + side * step, 0.0, 1.0);
      if (next == seen_.back().at) break;
      now = look(next);
      if (!now) break;
      seen_.push_back(*now);
      if (trial(*now).feasible() != allowed || is_at_end(*now)) break;
    }
    std::sort(seen_.begin(), seen_.end(), [](const Seen& a, const Seen& b) { return a.at < b.at; });
  }

  std::size_t best_sample() const {
    std::size_t best = 0;
    for (std::size_t i = 1; i < seen_.size(); ++i)
      if (is_better(seen_[i].trial, seen_[best].trial)) best = i;
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
          !exists(other) || is_better(seen_[at].trial, seen_[static_cast<std::size_t>(other)].trial);
      if (known ? cost_of(beyond) <= cost_of(seen_[at]) : worse_behind)
        return static_cast<std::size_t>(index);
    }
    return std::nullopt;
  }

  bool is_narrow(double a, double b) const {
    const double one = about_.number(a), other = about_.number(b), range = about_.high - about_.low;
    const double width = std::abs(one - other);
    if (about_.whole) return width <= 1;
    const double scale = std::max(std::min(range, std::max(std::abs(one), std::abs(other))), 1e-3 * range);
    return width <= trials_.question().tolerance * scale;
  }

  /// What speaks against the point beyond, as a number that is 0 where it ends to.
  std::optional<std::size_t> deciding_constraint(const Trial& beyond) const {
    if (beyond.failed() || beyond.outcome.invalid()) return std::nullopt;
    std::optional<std::size_t> worst;
    double most = 0;
    for (std::size_t i = 0; i < trials_.question().constraints.size(); ++i) {
      const double over = excess(trials_.question().constraints[i], beyond.outcome).value_or(0);
      if (over > most) {
        most = over;
        worst = i;
      }
    }
    return worst;
  }

  void find_end(double inside, double outside) {
    double weight_in = 1, weight_out = 1;  // of the Illinois rule: an end that stays counts half
    for (int round = 0; round < kMostRounds && !is_narrow(inside, outside); ++round) {
      const auto in = look(inside), out = look(outside);
      if (!in || !out) return;
      double share = 0.5;
      if (const auto constraint = deciding_constraint(trial(*out))) {
        const report::Condition& condition = trials_.question().constraints[*constraint];
        const double below = -weight_in * excess(condition, trial(*in).outcome).value_or(0);
        const double above = kAim + weight_out * excess(condition, trial(*out).outcome).value_or(0);
        if (weight_in * weight_out == 1) excess_slope_ = (above + below) / (outside - inside);
        if (below + above > 0) share = std::clamp(below / (below + above), kLeastShare, 1 - kLeastShare);
      }
      const auto next = look(inside + share * (outside - inside));
      if (!next || next->trial == in->trial || next->trial == out->trial) return;
      const bool feasible = trial(*next).feasible();
      (feasible ? inside : outside) = next->at;
      if (is_at_end(*next)) return;
      weight_in = feasible ? 1 : weight_in / 2;
      weight_out = feasible ? weight_out / 2 : 1;
    }
  }

  void golden(double low, double high) {
    double one_at = high - kGolden * (high - low), other_at = low + kGolden * (high - low);
    for (int round = 0; round < kMostRounds && !is_narrow(low, high); ++round) {
      const auto one = look(one_at), other = look(other_at);
      if (!one || !other || one->trial == other->trial) return;
      if (is_better(one->trial, other->trial)) {
        high = other_at;
        other_at = one_at;
        one_at = high - kGolden * (high - low);
      } else {
        low = one_at;
        one_at = other_at;
        other_at = low + kGolden * (high - low);
      }
    }
  }

  Trials& trials_;
  Point start_;
  std::size_t axis_;
  const Axis& about_;
  std::vector<Seen> seen_;
  std::size_t best_ = Trials::kNone;
  double excess_slope_ = 0;
};

}  // namespace

Line search_line(Trials& trials, const Point& start, std::size_t axis, double from, double to,
                 const std::optional<Hint>& hint) {
  return LineSearch(trials, start, axis).run(from, to, hint);
}

}  // namespace kiln::solve
