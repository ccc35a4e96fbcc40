// SPDX-License-Identifier: MIT
// Answers along a range, of functions in place of simulations.
#include <algorithm>
#include <cmath>

#include "config/node.h"
#include "solve/answer.h"
#include "support/catch.h"
#include "support/draw.h"

using namespace kiln;
using solve::Question;
using solve::Trials;
using testing::contains;
using testing::Draw;

namespace {

/// Rises to its top and falls behind it, on either side by a power of the distance.
struct Hill {
  double top = 0, rise = 1, fall = 1, power_below = 1, power_above = 1;

  double operator()(double x) const {
    return 10 - (x < top ? rise * std::pow((top - x) / 1e3, power_below)
                         : fall * std::pow((x - top) / 1e3, power_above));
  }
};

Hill draw_hill(Draw& draw, double top) {
  return {top, draw.magnitude(0.1, 10), draw.magnitude(0.1, 10), draw.between(0.5, 2.0),
          draw.between(0.5, 2.0)};
}

using Function = std::function<double(double rate)>;

Question question_over(double low, double high) {
  const std::string text = fmt::format(
      "name: small\nworkload: {0}/configs/workloads/lenet5_r28.yaml\n"
      "soc: {0}/configs/soc/edge_lpddr5.yaml\n",
      KILN_SOURCE_DIR);
  Question question;
  question.file = "small.yaml";
  question.experiment = config::parse_yaml(question.file, text);
  question.objectives = {{"samples_per_s", true}};
  question.over = solve::parse_axes("--over", {fmt::format("run.rate={:.6g}..{:.6g}", low, high)});
  return question;
}

/// The board's power is the rate in kW.
Trials trials_of(const Question& question, const Function& function) {
  const auto simulation = [function](const experiment::ExperimentConfig& experiment, const output::Cache&,
                                     batch::Bands) {
    const double rate = *experiment.run.rate_samples_per_s, value = function(rate), power = rate / 1e3;
    batch::Outcome outcome;
    outcome.numbers["samples_per_s"] = {value, value, value};
    outcome.numbers["board_power_w"] = {power, power, power};
    return outcome;
  };
  return Trials(
      question, {}, {output::Cache{}}, [](std::size_t) {}, simulation);
}

double rate_of(const Trials& trials, const solve::Answer& answer) {
  INFO(trials.all().front().outcome.failure);
  REQUIRE(answer.best.size() == 1);
  return trials.question().over[0].number(trials[answer.best.at(0)].point[0]);
}

double tolerance_of(const Question& question, double rate) {
  return 1.1 * question.tolerance * std::min(rate, question.over[0].high - question.over[0].low);
}

void check_answer(const Question& question, const Hill& hill) {
  Trials trials = trials_of(question, hill);
  const solve::Answer answer = solve::answer(trials);
  const double low = question.over[0].low, high = question.over[0].high;
  const double best = std::clamp(hill.top, low, high), tolerance = tolerance_of(question, best);
  const double rate = rate_of(trials, answer);
  INFO(fmt::format("top {} in {}..{}: {}, {} runs, {}", hill.top, low, high, rate, answer.runs,
                   answer.bound_by[0]));
  CHECK(std::abs(rate - best) <= tolerance);
  if (hill.top < low - tolerance || hill.top > high + tolerance)
    CHECK(answer.bound_by.front() == "the end of the range of run.rate");
  if (hill.top > low + 2 * tolerance && hill.top < high - 2 * tolerance)
    CHECK(answer.bound_by.front() == "nothing: the optimum lies inside");
}

}  // namespace

TEST_CASE("of a function with one top the answer is that top, wherever in the range or beyond it") {
  for (int i = 0; i < 60; ++i) {
    Draw draw("line search", "tops", i);
    const double low = draw.magnitude(50, 1000), high = low + draw.magnitude(100, 3000);
    const double top = draw.between(low - 0.2 * (high - low), high + 0.2 * (high - low));
    check_answer(question_over(low, high), draw_hill(draw, top));
  }
}

TEST_CASE("a range that still holds the optimum of a wider one gives the same answer") {
  for (int i = 0; i < 12; ++i) {
    Draw draw("line search", "ranges", i);
    const double low = draw.magnitude(50, 500), high = low + draw.magnitude(500, 3000);
    const Hill hill = draw_hill(draw, draw.between(low, high));
    const double narrower = draw.between(low, hill.top), lower = draw.between(hill.top, high);
    check_answer(question_over(low, high), hill);
    check_answer(question_over(narrower, high), hill);
    check_answer(question_over(low, std::max(lower, low + 10)), hill);
  }
}

TEST_CASE("a constraint that ends the range binds where it comes before the top, and only there") {
  for (int i = 0; i < 30; ++i) {
    Draw draw("line search", "limits", i);
    Question question = question_over(200, 2600);
    const Hill hill = draw_hill(draw, draw.between(300.0, 2500.0));
    const double limit = draw.between(300.0, 2500.0);
    question.constraints = {
        report::parse_condition("--subject-to", fmt::format("board_power_w<={:.9g}", limit / 1e3))};
    Trials trials = trials_of(question, hill);
    const solve::Answer answer = solve::answer(trials);
    const double best = std::min(limit, hill.top), tolerance = tolerance_of(question, best);
    const double rate = rate_of(trials, answer);
    INFO(fmt::format("top {}, limit {}: {}, {} runs, {}", hill.top, limit, rate, answer.runs,
                     answer.bound_by[0]));
    CHECK(rate <= limit);
    CHECK((std::abs(rate - best) <= tolerance || hill(best) - hill(rate) < 1e-3));
    if (std::abs(limit - hill.top) > 0.02 * limit)
      CHECK((answer.bound_by[0] == "nothing: the optimum lies inside") == (hill.top < limit));
  }
}

TEST_CASE("a case that starts at the answer of the last one finds a top that moved either way") {
  for (int i = 0; i < 20; ++i) {
    Draw draw("line search", "cases", i);
    const Question question = question_over(100, 3000);
    const Hill first = draw_hill(draw, draw.between(2500.0, 3500.0));
    Trials before = trials_of(question, first);
    const solve::Answer nearby = solve::answer(before);
    Hill moved = first;
    moved.top = draw.between(200.0, 2900.0);
    Trials trials = trials_of(question, moved);
    const solve::Answer answer = solve::answer(trials, &nearby);
    INFO(fmt::format("{} -> {}", first.top, moved.top));
    CHECK(std::abs(rate_of(trials, answer) - moved.top) <= tolerance_of(question, moved.top));
  }
}

TEST_CASE("what was not looked at is not claimed: too few runs, and a level range") {
  Question question = question_over(100, 3000);
  question.most_runs = 6;
  Trials few = trials_of(question, Hill{2900, 1, 1, 1, 1});
  CHECK_THAT(solve::answer(few).bound_by.front(), contains("not known") && contains("--max-runs"));
  question.most_runs = 200;
  Trials level = trials_of(question, [](double) { return 5.0; });
  CHECK_THAT(solve::answer(level).bound_by.front(), contains("level at the end of the range of run.rate"));
}
