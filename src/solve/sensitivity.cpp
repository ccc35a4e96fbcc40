// SPDX-License-Identifier: MIT
#include "solve/sensitivity.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/error.h"
#include "base/rng.h"
#include "base/statistics.h"
#include "report/glossary.h"

namespace kiln::solve {

namespace {

using Levels = std::vector<double>;

constexpr int kRounds = 6;  // of halving, where a verdict flips

class Search {
 public:
  Search(const Inquiry& inquiry, const batch::BatchOptions& options,
         const std::function<void(std::size_t)>& progress)
      : inquiry_(inquiry), options_(options), progress_(progress), count_(inquiry.factors.size()) {}

  Sensitivity run() {
    std::vector<Levels> points{Levels(count_, 0.0)};
    for (std::size_t f = 0; f < count_; ++f)
      for (const double end : {-1.0, 1.0}) points.push_back(one(f, end));
    const std::vector<batch::Outcome> outcomes = all(points);
    check_base(outcomes.front());
    for (std::size_t f = 0; f < count_; ++f) add_effect(f, outcomes[1 + 2 * f], outcomes[2 + 2 * f]);
    if (inquiry_.paths > 0) morris();
    if (inquiry_.samples > 0) variance();
    std::stable_sort(found_.effects.begin(), found_.effects.end(), [&](const Effect& a, const Effect& b) {
      return a.swing(found_.base) > b.swing(found_.base);
    });
    return found_;
  }

 private:
  Levels one(std::size_t factor, double level) const {
    Levels levels(count_, 0.0);
    levels[factor] = level;
    return levels;
  }

  std::vector<batch::Outcome> all(const std::vector<Levels>& points) {
    const std::size_t before = found_.runs;
    found_.runs += points.size();
    return batch::run_all(
        points.size(),
        [&](std::size_t i) {
          return batch::run_for_numbers(
              at_levels(inquiry_.experiment, inquiry_.file, inquiry_.parts, inquiry_.factors, points[i]),
              options_.cache, batch::Bands::left_out);
        },
        options_, [&](std::size_t done, std::size_t) { progress_(before + done); });
  }

  std::optional<double> metric(const batch::Outcome& outcome) const {
    const auto number = outcome.failed() ? std::nullopt : outcome.number(inquiry_.metric);
    return number ? std::optional(number->value) : std::nullopt;
  }

  bool holds(std::size_t verdict, const batch::Outcome& outcome) const {
    const auto number = outcome.number(inquiry_.verdicts[verdict].key);
    return number && inquiry_.verdicts[verdict].holds(number->value);
  }

  void check_base(const batch::Outcome& outcome) {
    if (outcome.failed()) throw base::SimError("the experiment itself fails: " + outcome.failure);
    const auto need = [&](const std::string& key, const std::string& option) {
      if (!outcome.number(key))
        throw base::ConfigError({option + " " + key, 0, 0}, "", "this experiment's run has no such number");
    };
    need(inquiry_.metric, "--of");
    for (const report::Condition& verdict : inquiry_.verdicts) need(verdict.key, verdict.option);
    found_.base = *metric(outcome);
    found_.validity = outcome.validity;
    for (std::size_t v = 0; v < inquiry_.verdicts.size(); ++v) found_.base_holds.push_back(holds(v, outcome));
  }

  void add_effect(std::size_t factor, const batch::Outcome& low, const batch::Outcome& high) {
    Effect effect;
    effect.factor = factor;
    effect.low = metric(low);
    effect.high = metric(high);
    effect.failure = low.failed() ? low.failure : high.failure;
    for (std::size_t v = 0; v < inquiry_.verdicts.size(); ++v)
      for (const auto& [outcome, end] : {std::pair{&low, -1.0}, {&high, 1.0}})
        if (!outcome->failed() && holds(v, *outcome) != found_.base_holds[v])
          effect.flips.push_back({v, flip_level(factor, v, end)});
    found_.effects.push_back(std::move(effect));
  }

  /// By halving between the experiment's value and the end at which the verdict is another.
  double flip_level(std::size_t factor, std::size_t verdict, double end) {
    double same = 0, other = end;
    for (int round = 0; round < kRounds; ++round) {
      const double middle = (same + other) / 2;
      const batch::Outcome outcome = all({one(factor, middle)}).front();
      if (outcome.failed()) break;
      (holds(verdict, outcome) == found_.base_holds[verdict] ? same : other) = middle;
    }
    return other;
  }

  /// Paths from random corners on which one factor after another goes to its other end (Morris, Technometrics
  /// 33(2), 1991, on two levels; absolute effects: Campolongo et al. 2007).
  void morris() {
    base::Rng rng(inquiry_.seed, "sensitivity", "morris");
    std::vector<Levels> points;
    std::vector<std::vector<std::size_t>> orders;
    for (std::size_t path = 0; path < inquiry_.paths; ++path) {
      Levels at(count_);
      for (double& level : at) level = rng.below(2) == 0 ? -1.0 : 1.0;
      std::vector<std::size_t> order(count_);
      std::iota(order.begin(), order.end(), std::size_t{0});
      rng.shuffle(order);
      points.push_back(at);
      for (const std::size_t factor : order) {
        at[factor] = -at[factor];
        points.push_back(at);
      }
      orders.push_back(std::move(order));
    }
    const std::vector<batch::Outcome> outcomes = all(points);
    std::vector<std::vector<double>> effects(count_);
    for (std::size_t path = 0; path < orders.size(); ++path)
      for (std::size_t step = 0; step < count_; ++step) {
        const std::size_t at = path * (count_ + 1) + step;
        const auto before = metric(outcomes[at]), after = metric(outcomes[at + 1]);
        const double towards = points[at + 1][orders[path][step]];
        if (before && after) effects[orders[path][step]].push_back((*after - *before) * towards);
      }
    for (Effect& effect : found_.effects) fill(effect, effects[effect.factor]);
  }

  static void fill(Effect& effect, const std::vector<double>& values) {
    std::vector<double> absolute;
    for (const double value : values) absolute.push_back(std::abs(value));
    effect.mean_effect = base::mean_of(absolute);
    effect.spread = std::sqrt(base::variance_of(values));
  }

  void variance() {
    const VarianceDesign design = variance_design(inquiry_.samples, count_, inquiry_.seed);
    std::vector<std::optional<double>> results;
    for (const batch::Outcome& outcome : all(design.points)) results.push_back(metric(outcome));
    const std::vector<VarianceShare> shares = variance_shares(design, results);
    for (Effect& effect : found_.effects) effect.variance = shares[effect.factor];
  }

  const Inquiry& inquiry_;
  const batch::BatchOptions& options_;
  const std::function<void(std::size_t)>& progress_;
  std::size_t count_;
  Sensitivity found_;
};

}  // namespace

double Effect::swing(double base) const {
  return std::max(low ? std::abs(*low - base) : 0, high ? std::abs(*high - base) : 0);
}

Sensitivity find_sensitivity(const Inquiry& inquiry, const batch::BatchOptions& options,
                             const std::function<void(std::size_t)>& progress) {
  return Search(inquiry, options, progress).run();
}

}  // namespace kiln::solve
