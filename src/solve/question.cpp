// SPDX-License-Identifier: MIT
#include "solve/question.h"

#include <algorithm>

#include "base/text.h"
#include "config/load.h"
#include "experiment/experiment.h"
#include "report/glossary.h"

namespace kiln::solve {

namespace {

class Problems {
 public:
  void add(const std::string& place, const std::string& message) {
    base::Problem& problem = all_.emplace_back();
    problem.place.file = place;
    problem.message = message;
  }
  /// Those of `work`, each once.
  template <class Work>
  void collect(const Work& work) {
    try {
      work();
    } catch (const base::ConfigError& error) {
      for (const base::Problem& problem : error.problems())
        if (std::none_of(all_.begin(), all_.end(), [&](const auto& p) { return p.text() == problem.text(); }))
          all_.push_back(problem);
    }
  }
  void finish() const {
    if (!all_.empty()) throw base::ConfigError(all_);
  }

 private:
  std::vector<base::Problem> all_;
};

bool has_side(report::Comparison comparison) {
  return comparison != report::Comparison::equal && comparison != report::Comparison::not_equal;
}

void check_numbers(const Question& question, Problems& problems) {
  for (const Objective& objective : question.objectives)
    if (const std::string why = report::unknown_result(objective.metric); !why.empty())
      problems.add(fmt::format("{} {}", objective.maximise ? "--maximize" : "--minimize", objective.metric),
                   why);
  for (const report::Condition& constraint : question.constraints) {
    const std::string place = fmt::format("{} {}", constraint.option, constraint.text);
    if (const std::string why = report::unknown_result(constraint.key); !why.empty())
      problems.add(place, why);
    if (!has_side(constraint.comparison)) problems.add(place, "a constraint is one of < <= > >=");
  }
  if (question.objectives.empty())
    problems.add("--maximize", "what is sought is missing; give --maximize METRIC or --minimize METRIC");
  if (question.over.empty())
    problems.add("--over", "what may be chosen is missing; give KEY=FROM..TO or KEY={A,B,C}");
}

void check_axes(const Question& question, Problems& problems) {
  for (const Axis& axis : question.each) {
    if (axis.continuous)
      problems.add("--each " + axis.key,
                   "an answer is found for each of some values, not of a range; give {A,B,C}");
    for (const Axis& other : question.over)
      if (other.key == axis.key) problems.add("--each " + axis.key, "the key is under --over, too");
  }
  const auto can_be_read = [&](const Axis& axis, double coordinate) {
    problems.collect([&] {
      config::Node tree = question.experiment;
      config::apply_override(tree, setting(axis, coordinate));
      config::read_tree<experiment::ExperimentConfig>(tree, question.file, config::Reader(question.parts));
    });
  };
  for (const auto* axes : {&question.over, &question.each})
    for (const Axis& axis : *axes) {
      if (axis.continuous)
        for (const double end : {0.0, 1.0}) can_be_read(axis, end);
      else
        for (std::size_t i = 0; i < axis.values.size(); ++i) can_be_read(axis, static_cast<double>(i));
    }
}

}  // namespace

std::size_t Question::ranges() const {
  return static_cast<std::size_t>(
      std::count_if(over.begin(), over.end(), [](const Axis& axis) { return axis.continuous; }));
}

std::size_t Question::combinations() const {
  constexpr std::size_t kMost = 1'000'000'000;
  std::size_t count = 1;
  for (const Axis& axis : over)
    if (!axis.continuous) count = std::min(kMost, count * axis.values.size());
  return count;
}

void check(const Question& question) {
  Problems problems;
  check_numbers(question, problems);
  if (!question.over.empty()) check_axes(question, problems);
  problems.finish();
}

std::string to_text(const Question& question) {
  std::vector<std::string> sought, held;
  for (const Objective& objective : question.objectives)
    sought.push_back(fmt::format("{} {}", objective.maximise ? "highest" : "lowest", objective.metric));
  for (const report::Condition& constraint : question.constraints) held.push_back(constraint.text);
  return base::join(sought, " and ") + (held.empty() ? "" : " with " + base::join(held, " and "));
}

std::string setting(const Axis& axis, double coordinate) {
  return axis.key + "=" + axis.text(coordinate);
}

}  // namespace kiln::solve
