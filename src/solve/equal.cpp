// SPDX-License-Identifier: MIT
#include "solve/equal.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "base/text.h"
#include "base/units.h"
#include "config/load.h"
#include "report/glossary.h"
#include "solve/search.h"

namespace kiln::solve {

namespace {

using Progress = std::function<void(std::size_t)>;

[[noreturn]] void refuse(const std::string& option, const std::string& text, const std::string& why) {
  throw base::ConfigError({option + " " + text, 0, 0}, "", why);
}

/// The question of one axis: as much as it may be of what is equal.
Question alone(const Question& question, std::size_t axis, const Equal& equal) {
  Question one = question;
  one.over = {question.over[axis]};
  one.objectives = {{equal.metric, true}};
  one.constraints.clear();
  if (equal.value)
    one.constraints.push_back({"--at-equal", fmt::format("{}<={:.6g}", equal.metric, *equal.value),
                               equal.metric, report::Comparison::less_or_equal, *equal.value});
  return one;
}

batch::Outcome as_it_is(const Question& question, const batch::BatchOptions& options,
                        const Trials::Simulation& simulation) {
  const auto loaded = config::read_tree<experiment::ExperimentConfig>(question.experiment, question.file,
                                                                      config::Reader(question.parts));
  const auto outcomes = batch::run_all(
      1, [&](std::size_t) { return simulation(loaded.value, options.cache, batch::Bands::left_out); },
      options);
  if (outcomes.front().failed())
    throw base::SimError("the experiment itself fails: " + outcomes.front().failure);
  return outcomes.front();
}

/// The most that a listed value comes to.
double most_listed(const Question& question, const Equal& equal, const batch::BatchOptions& options,
                   const Trials::Simulation& simulation, const Progress& progress) {
  std::optional<double> most;
  for (std::size_t axis = 0; axis < question.over.size(); ++axis) {
    if (question.over[axis].continuous) continue;
    const Question one = alone(question, axis, {equal.metric, {}});
    Trials trials(one, {}, options, progress, simulation);
    search(trials);
    const std::size_t best = best_of(trials);
    if (best != Trials::kNone && trials[best].feasible())
      most = std::max(most.value_or(trials[best].objectives[0]), trials[best].objectives[0]);
  }
  if (!most)
    refuse("--at-equal", equal.metric,
           fmt::format("says not how much; write {}=NUMBER, or list values of a key that set it: --over "
                       "'KEY={{A,B}}'",
                       equal.metric));
  return *most;
}

Alternative alternative(const Question& question, std::size_t axis, const Equal& equal,
                        const batch::BatchOptions& options, const Trials::Simulation& simulation,
                        const Progress& progress) {
  const Question one = alone(question, axis, equal);
  Trials trials(one, {}, options, progress, simulation);
  search(trials);
  Alternative way{one.over[0].key, {}, false, trials.all().size()};
  const std::size_t best = best_of(trials);
  if (best == Trials::kNone || !trials[best].feasible()) return way;
  way.trial = trials[best];
  const double rest = *equal.value - way.trial->objectives[0];
  way.reaches = std::abs(rest) <= 10 * question.tolerance * std::abs(*equal.value);
  return way;
}

}  // namespace

Equal parse_equal(const std::string& option, const std::string& text) {
  const std::size_t at = text.find('=');
  Equal equal{std::string(base::trim(text.substr(0, at))), {}};
  if (equal.metric == "area") equal.metric = "die_area_m2";
  if (const std::string why = report::unknown_result(equal.metric); !why.empty()) refuse(option, text, why);
  if (at == std::string::npos) return equal;
  try {
    equal.value = base::parse_quantity(text.substr(at + 1), base::Dimension::none);
  } catch (const base::UnitError& error) {
    refuse(option, text,
           fmt::format("{}; a plain number in {} is meant", error.what(), report::unit_of(equal.metric)));
  }
  return equal;
}

Alternatives at_equal(const Question& question, Equal equal, const batch::BatchOptions& options,
                      const Trials::Simulation& simulation, const Progress& progress) {
  Alternatives found;
  std::size_t before = 1;
  const auto told = [&](std::size_t runs) { progress(before + runs); };
  found.as_it_is = as_it_is(question, options, simulation);
  if (!found.as_it_is.number(equal.metric))
    refuse("--at-equal", equal.metric, "this experiment's run has no such number");
  if (!equal.value) equal.value = most_listed(question, equal, options, simulation, told);
  for (std::size_t axis = 0; axis < question.over.size(); ++axis) {
    found.ways.push_back(alternative(question, axis, equal, options, simulation, told));
    before += found.ways.back().runs;
  }
  found.equal = std::move(equal);
  return found;
}

}  // namespace kiln::solve
