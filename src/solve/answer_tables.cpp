// SPDX-License-Identifier: MIT
#include <algorithm>

#include "base/axis_scale.h"
#include "base/text.h"
#include "output/encode.h"
#include "output/json.h"
#include "report/glossary.h"
#include "solve/answer_files.h"

namespace kiln::solve {

namespace {

using Json = nlohmann::ordered_json;

Json json_of(const Question& question, const Trial& trial) {
  Json json;
  json["settings"] = trial.settings;
  for (const std::string& metric : metrics_of(question))
    if (const auto e = trial.outcome.number(metric))
      json["numbers"][metric] = {
          {"value", e->value}, {"low", e->low}, {"high", e->high}, {"unit", report::unit_of(metric)}};
  json["validity"] = {{"state", trial.outcome.validity}, {"finding", trial.outcome.finding}};
  return json;
}

Json json_of(const Question& question, const Slope& slope) {
  Json json{{"key", question.over[slope.axis].key},
            {"from", slope.from},
            {"to", slope.to},
            {"objective", {slope.objective_from, slope.objective_to}}};
  for (std::size_t i = 0; i < slope.constraints.size(); ++i)
    json["constraints"][question.constraints[i].text] = {slope.constraints[i].first,
                                                         slope.constraints[i].second};
  return json;
}

Json json_of(const Question& question, const Trials& trials, const Answer& answer) {
  Json json;
  json["case"] = Json::object();
  for (std::size_t i = 0; i < answer.labels.size(); ++i)
    json["case"][question.each[i].key] = answer.labels[i];
  json["found"] = !answer.best.empty();
  json["points"] = Json::array();
  for (const std::size_t best : answer.best) json["points"].push_back(json_of(question, trials[best]));
  if (answer.closest != Trials::kNone) {
    json["closest"] = json_of(question, trials[answer.closest]);
    json["closest"]["failure"] = trials[answer.closest].outcome.failure;
  }
  json["bound_by"] = answer.bound_by;
  json["sensitivity"] = Json::array();
  for (const Slope& slope : answer.slopes) json["sensitivity"].push_back(json_of(question, slope));
  if (answer.per_unit) json["objective_per_unit_of_limit"] = *answer.per_unit;
  json["method"] = answer.search.method;
  json["left_out"] = answer.search.pruned;
  json["runs"] = {{"all", answer.runs},
                  {"not_allowed", answer.infeasible},
                  {"invalid", answer.invalid},
                  {"failed", answer.failed}};
  return json;
}

/// A key's column of numbers in one unit, where its values are numbers.
class KeyColumn {
 public:
  explicit KeyColumn(const Axis& axis) : axis_(axis) {
    if (axis.continuous)
      scale_ = base::AxisScale{std::string(base::si_unit(axis.dimension)), {}};
    else
      scale_ = base::axis_scale(axis.values);
  }

  std::string head() const { return output::csv_cell(base::with_unit(axis_.key, scale_)); }
  std::string cell(double coordinate) const {
    if (axis_.continuous) return fmt::format("{}", axis_.number(coordinate));
    const auto index = static_cast<std::size_t>(coordinate);
    return scale_ ? fmt::format("{}", scale_->values[index]) : output::csv_cell(axis_.values[index]);
  }

 private:
  const Axis& axis_;
  std::optional<base::AxisScale> scale_;
};

std::vector<KeyColumn> key_columns(const Question& question) {
  std::vector<KeyColumn> columns;
  for (const auto* axes : {&question.each, &question.over})
    for (const Axis& axis : *axes) columns.emplace_back(axis);
  return columns;
}

std::vector<std::string> row_of(const Solution& solution, const std::vector<KeyColumn>& columns,
                                std::size_t index, std::size_t run) {
  const Question& question = solution.question;
  const Trials& trials = solution.cases[index];
  const Trial& trial = trials[run];
  std::vector<double> places(trials.each().begin(), trials.each().end());
  places.insert(places.end(), trial.point.begin(), trial.point.end());
  std::vector<std::string> row;
  for (std::size_t i = 0; i < columns.size(); ++i) row.push_back(columns[i].cell(places[i]));
  for (const std::string& metric : metrics_of(question)) {
    const auto estimate = trial.outcome.number(metric);
    row.push_back(estimate ? fmt::format("{}", estimate->value) : "");
  }
  const auto& best = solution.answers[index].best;
  row.emplace_back(trial.feasible() ? "1" : "0");
  row.push_back(trial.failed() ? "failed" : trial.outcome.validity);
  row.push_back(output::csv_cell(trial.failed() ? trial.outcome.failure : trial.outcome.finding));
  row.emplace_back(std::find(best.begin(), best.end(), run) != best.end() ? "1" : "0");
  return row;
}

}  // namespace

std::string answer_json(const Solution& solution) {
  const Question& question = solution.question;
  Json json;
  json["experiment"] = question.file;
  json["set"] = question.overrides;
  json["question"] = to_text(question);
  json["objectives"] = Json::array();
  for (const Objective& objective : question.objectives) json["objectives"].push_back(objective.metric);
  json["answers"] = Json::array();
  for (std::size_t i = 0; i < solution.answers.size(); ++i)
    json["answers"].push_back(json_of(question, solution.cases[i], solution.answers[i]));
  return output::json_text(json, 2) + "\n";
}

std::string solve_csv(const Solution& solution) {
  const Question& question = solution.question;
  const std::vector<KeyColumn> columns = key_columns(question);
  std::vector<std::string> head;
  for (const KeyColumn& column : columns) head.push_back(column.head());
  for (const std::string& metric : metrics_of(question)) head.push_back(metric);
  for (const char* name : {"allowed", "validity", "finding", "answer"}) head.emplace_back(name);
  std::string text = base::join(head, ",") + "\n";
  for (std::size_t i = 0; i < solution.cases.size(); ++i)
    for (std::size_t run = 0; run < solution.cases[i].all().size(); ++run)
      text += base::join(row_of(solution, columns, i, run), ",") + "\n";
  return text;
}

}  // namespace kiln::solve
