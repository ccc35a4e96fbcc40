// SPDX-License-Identifier: MIT
#include <algorithm>
#include <cmath>

#include "base/text.h"
#include "output/text_table.h"
#include "report/glossary.h"
#include "solve/answer_files.h"

namespace kiln::solve {

namespace {

constexpr std::size_t kMostTold = 6;  // combinations that were left out

using Rows = std::vector<std::vector<std::string>>;

std::string number_text(double value) {
  return fmt::format("{:.5g}", value);
}

std::string with_unit(double value, const std::string& metric) {
  const std::string unit = report::unit_of(metric);
  return number_text(value) + (unit.empty() ? "" : " " + unit);
}

/// " (41.9 to 44.6)" where constants of the chip leave it open.
std::string band_text(const batch::Estimate& estimate) {
  if (estimate.low == estimate.high) return "";
  return fmt::format(" ({:.3g} to {:.3g})", estimate.low, estimate.high);
}

std::string signed_share(double from, double to) {
  return from == 0 ? "-" : fmt::format("{:+.2g} %", 100 * (to / from - 1));
}

class Text {
 public:
  explicit Text(const Solution& solution) : solution_(solution), question_(solution.question) {}

  std::string all() {
    out_ = fmt::format("{}: {}\n", question_.file, to_text(question_));
    if (question_.each.empty())
      one(0);
    else
      table_of_cases();
    return out_;
  }

 private:
  void line(const std::string& head, const std::string& text) {
    out_ += fmt::format("  {:<11} {}\n", head, text);
  }

  void one(std::size_t index) {
    const Trials& trials = solution_.cases[index];
    const Answer& answer = solution_.answers[index];
    if (answer.best.empty())
      no_answer(trials, answer);
    else if (question_.objectives.size() > 1)
      front(trials, answer);
    else
      point(trials, answer);
    pruned(answer);
    runs(answer);
    if (answer.best.size() == 1) again(trials, answer);
  }

  void no_answer(const Trials& trials, const Answer& answer) {
    line("answer", "none: no point that was tried is allowed");
    if (answer.closest == Trials::kNone) return;
    const Trial& trial = trials[answer.closest];
    if (trial.failed()) {
      line("first run", trial.outcome.failure);
      return;
    }
    line("closest", base::join(trial.settings, " "));
    numbers(trial);
    if (trial.outcome.invalid()) line("invalid", trial.outcome.finding);
  }

  void numbers(const Trial& trial) {
    for (const std::string& metric : metrics_of(question_)) {
      const auto estimate = trial.outcome.number(metric);
      if (!estimate) continue;
      std::string text = with_unit(estimate->value, metric) + band_text(*estimate);
      for (const report::Condition& constraint : question_.constraints)
        if (constraint.key == metric) text += ", " + verdict(constraint, *estimate);
      out_ += fmt::format("  {} {}\n", metric, text);
    }
  }

  static std::string verdict(const report::Condition& constraint, const batch::Estimate& estimate) {
    const bool low = constraint.holds(estimate.low), high = constraint.holds(estimate.high);
    if (!constraint.holds(estimate.value)) return fmt::format("{} does not hold", constraint.text);
    return fmt::format("{} holds{}", constraint.text,
                       low && high ? "" : "; not at the other end of the band of the chip's constants");
  }

  void point(const Trials& trials, const Answer& answer) {
    const Trial& best = trials[answer.best.front()];
    line("answer", base::join(best.settings, "  "));
    numbers(best);
    line("bound by", base::join(answer.bound_by, "; "));
    for (const Slope& slope : answer.slopes) around(slope);
    if (answer.per_unit) {
      const report::Condition& constraint = question_.constraints[*answer.binding];
      line("worth",
           fmt::format("1 {} more of {} gives {:+.3g} {} of {}", report::unit_of(constraint.key),
                       constraint.key, *answer.per_unit, report::unit_of(question_.objectives[0].metric),
                       question_.objectives[0].metric));
    }
    neighbours(trials, best);
    validity(best);
  }

  void around(const Slope& slope) {
    const Axis& axis = question_.over[slope.axis];
    std::string text =
        fmt::format("{} from {} to {}: {} {}", axis.key, base::format_quantity(slope.from, axis.dimension),
                    base::format_quantity(slope.to, axis.dimension), question_.objectives[0].metric,
                    signed_share(slope.objective_from, slope.objective_to));
    for (std::size_t i = 0; i < slope.constraints.size(); ++i) {
      const auto& [from, to] = slope.constraints[i];
      text += fmt::format(", {} {:+.2g} {}", question_.constraints[i].key, to - from,
                          report::unit_of(question_.constraints[i].key));
    }
    line("around it", std::string(base::trim(text)));
  }

  /// The best with each other value of a key, everything else free.
  void neighbours(const Trials& trials, const Trial& best) {
    for (std::size_t a = 0; a < question_.over.size(); ++a) {
      const Axis& axis = question_.over[a];
      if (axis.continuous) continue;
      std::vector<std::string> words;
      for (std::size_t value = 0; value < axis.values.size(); ++value) {
        if (static_cast<double>(value) == best.point[a]) continue;
        const Trial* other = best_with(trials, a, static_cast<double>(value));
        if (other != nullptr)
          words.push_back(axis.values[value] + ": " + signed_share(best.objectives[0], other->objectives[0]));
      }
      if (!words.empty()) line("instead", fmt::format("{} {}", axis.key, base::join(words, ", ")));
    }
  }

  static const Trial* best_with(const Trials& trials, std::size_t axis, double value) {
    const Trial* best = nullptr;
    for (const Trial& trial : trials.all())
      if (trial.point[axis] == value && trial.feasible() &&
          (best == nullptr || better(trials.question(), trial, *best)))
        best = &trial;
    return best;
  }

  void front(const Trials& trials, const Answer& answer) {
    line("answer", fmt::format("{} points that no other is better than in everything", answer.best.size()));
    Rows rows(1);
    for (const Axis& axis : question_.over) rows[0].push_back(axis.key);
    for (const std::string& metric : metrics_of(question_))
      rows[0].push_back(metric + unit_in_brackets(metric));
    rows[0].emplace_back("validity");
    for (const std::size_t index : answer.best) rows.push_back(cells(trials[index]));
    out_ += output::columns(rows);
  }

  static std::string unit_in_brackets(const std::string& metric) {
    const std::string unit = report::unit_of(metric);
    return unit.empty() ? "" : " (" + unit + ")";
  }

  std::vector<std::string> cells(const Trial& trial) const {
    std::vector<std::string> row;
    for (std::size_t i = 0; i < question_.over.size(); ++i)
      row.push_back(question_.over[i].text(trial.point[i]));
    for (const std::string& metric : metrics_of(question_)) {
      const auto estimate = trial.outcome.number(metric);
      row.push_back(estimate ? number_text(estimate->value) : "-");
    }
    row.push_back(trial.outcome.validity);
    return row;
  }

  void table_of_cases() {
    Rows rows(1);
    for (const Axis& axis : question_.each) rows[0].push_back(axis.key);
    for (const Axis& axis : question_.over) rows[0].push_back(axis.key);
    for (const std::string& metric : metrics_of(question_))
      rows[0].push_back(metric + unit_in_brackets(metric));
    rows[0].emplace_back("validity");
    rows[0].emplace_back("bound by");
    Answer sum;
    for (std::size_t i = 0; i < solution_.answers.size(); ++i) {
      const Answer& answer = solution_.answers[i];
      for (const std::size_t best : answer.best) {
        rows.push_back(answer.labels);
        for (std::string& cell : cells(solution_.cases[i][best])) rows.back().push_back(std::move(cell));
        rows.back().push_back(base::join(answer.bound_by, "; "));
      }
      if (answer.best.empty()) {
        rows.push_back(answer.labels);
        rows.back().emplace_back("none is allowed");
      }
      sum.runs += answer.runs;
      sum.infeasible += answer.infeasible;
      sum.invalid += answer.invalid;
      sum.failed += answer.failed;
    }
    out_ += output::columns(rows);
    runs(sum);
  }

  void validity(const Trial& trial) {
    line("validity",
         trial.outcome.validity + (trial.outcome.finding.empty() ? "" : ": " + trial.outcome.finding));
  }

  void pruned(const Answer& answer) {
    const std::vector<std::string>& all = answer.search.pruned;
    for (std::size_t i = 0; i < std::min(all.size(), kMostTold); ++i) line("left out", all[i]);
    if (all.size() > kMostTold) line("", fmt::format("and {} more, see answer.json", all.size() - kMostTold));
  }

  void runs(const Answer& answer) {
    std::vector<std::string> parts;
    const auto add = [&](std::size_t count, const char* what) {
      if (count > 0) parts.push_back(fmt::format("{} {}", count, what));
    };
    add(answer.infeasible, "not allowed");
    add(answer.invalid, "invalid");
    add(answer.failed, "failed");
    const std::string how = answer.search.method.empty() ? "" : ", " + answer.search.method;
    line("runs",
         fmt::format("{}{}{}", answer.runs, parts.empty() ? "" : " (" + base::join(parts, ", ") + ")", how));
    if (answer.runs >= question_.most_runs && question_.each.empty())
      line("note", "the limit of runs was reached; --max-runs allows more");
  }

  void again(const Trials& trials, const Answer& answer) {
    std::string text = "kiln run " + question_.file;
    for (const std::string& word : question_.overrides) text += fmt::format(" --set '{}'", word);
    for (const std::string& word : trials[answer.best.front()].settings)
      text += fmt::format(" --set '{}'", word);
    line("again", text);
  }

  const Solution& solution_;
  const Question& question_;
  std::string out_;
};

}  // namespace

bool Solution::any_answer() const {
  return std::any_of(answers.begin(), answers.end(),
                     [](const Answer& answer) { return !answer.best.empty(); });
}

bool Solution::all_answered() const {
  return std::none_of(answers.begin(), answers.end(),
                      [](const Answer& answer) { return answer.best.empty(); });
}

std::size_t Solution::failed() const {
  std::size_t sum = 0;
  for (const Answer& answer : answers) sum += answer.failed;
  return sum;
}

std::vector<std::string> metrics_of(const Question& question) {
  std::vector<std::string> metrics;
  const auto add = [&](const std::string& metric) {
    if (std::find(metrics.begin(), metrics.end(), metric) == metrics.end()) metrics.push_back(metric);
  };
  for (const Objective& objective : question.objectives) add(objective.metric);
  for (const report::Condition& constraint : question.constraints) add(constraint.key);
  return metrics;
}

std::string answer_text(const Solution& solution) {
  return Text(solution).all();
}

}  // namespace kiln::solve
