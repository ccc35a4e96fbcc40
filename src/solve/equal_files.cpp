// SPDX-License-Identifier: MIT
#include <algorithm>
#include <set>

#include "base/text.h"
#include "output/encode.h"
#include "output/json.h"
#include "output/text_table.h"
#include "report/amount.h"
#include "report/glossary.h"
#include "solve/equal.h"

namespace kiln::solve {

namespace {

using Json = nlohmann::ordered_json;

/// What is equal, then objectives and numbers of constraints, each once.
std::vector<std::string> told_metrics(const Question& question, const Alternatives& found) {
  std::vector<std::string> all{found.equal.metric}, once;
  for (const Objective& objective : question.objectives) all.push_back(objective.metric);
  for (const report::Condition& constraint : question.constraints) all.push_back(constraint.key);
  std::set<std::string> seen;
  for (const std::string& metric : all)
    if (seen.insert(metric).second) once.push_back(metric);
  return once;
}

bool allowed(const Question& question, const batch::Outcome& outcome) {
  return !outcome.invalid() &&
         std::all_of(question.constraints.begin(), question.constraints.end(), [&](const auto& constraint) {
           const auto number = outcome.number(constraint.key);
           return number && constraint.holds(number->value);
         });
}

/// Objectives in which no allowed way, nor the experiment as it is, is better.
std::vector<std::string> best_in(const Question& question, const Alternatives& found,
                                 const batch::Outcome& outcome) {
  std::vector<std::string> best;
  if (!allowed(question, outcome)) return best;
  for (const Objective& objective : question.objectives) {
    const auto number = outcome.number(objective.metric);
    const auto beats = [&](const batch::Outcome& other) {
      const auto its = other.number(objective.metric);
      return allowed(question, other) && its && number &&
             (objective.maximise ? its->value > number->value : its->value < number->value);
    };
    const bool beaten = beats(found.as_it_is) ||
                        std::any_of(found.ways.begin(), found.ways.end(), [&](const Alternative& way) {
                          return way.trial && beats(way.trial->outcome);
                        });
    if (number && !beaten) best.push_back(objective.metric);
  }
  return best;
}

std::string told_number(const batch::Outcome& outcome, const std::string& metric,
                        const batch::Outcome* base) {
  const auto number = outcome.number(metric);
  if (!number) return "-";
  const std::string text = fmt::format("{:.5g}", number->value);
  const auto before = base != nullptr ? base->number(metric) : std::nullopt;
  return before ? fmt::format("{} ({})", text, report::change_text(before->value, number->value, metric))
                : text;
}

std::vector<std::string> row(const Question& question, const Alternatives& found, const std::string& name,
                             const batch::Outcome& outcome, const batch::Outcome* base,
                             const std::string& note) {
  std::vector<std::string> cells{name};
  for (const std::string& metric : told_metrics(question, found))
    cells.push_back(told_number(outcome, metric, base));
  cells.push_back(allowed(question, outcome) ? outcome.validity : "not allowed");
  std::vector<std::string> notes;
  if (const auto best = best_in(question, found, outcome); !best.empty())
    notes.push_back("best " + base::join(best, ", "));
  if (!note.empty()) notes.push_back(note);
  cells.push_back(base::join(notes, "; "));
  return cells;
}

std::string name_of(const Alternative& way) {
  return way.trial ? base::join(way.trial->settings, " ") : way.key;
}

}  // namespace

std::string equal_text(const Question& question, const Alternatives& found) {
  const std::string unit = report::unit_of(found.equal.metric);
  std::string text = fmt::format("{}: {} of at most {:.5g}{}, spent on one key at a time\n", question.file,
                                 found.equal.metric, *found.equal.value, unit.empty() ? "" : " " + unit);
  std::vector<std::vector<std::string>> rows{{""}};
  for (const std::string& metric : told_metrics(question, found))
    rows[0].push_back(metric + (report::unit_of(metric).empty() ? "" : " (" + report::unit_of(metric) + ")"));
  rows[0].insert(rows[0].end(), {"validity", ""});
  rows.push_back(row(question, found, "as it is", found.as_it_is, nullptr, ""));
  for (const Alternative& way : found.ways)
    rows.push_back(way.trial ? row(question, found, name_of(way), way.trial->outcome, &found.as_it_is,
                                   way.reaches ? "" : "spends less: its values end there")
                             : std::vector<std::string>{way.key, "no value fits"});
  return text + output::columns(rows);
}

std::string equal_json(const Question& question, const Alternatives& found) {
  Json json{{"equal",
             {{"metric", found.equal.metric},
              {"value", *found.equal.value},
              {"unit", report::unit_of(found.equal.metric)}}}};
  const auto entry = [&](const batch::Outcome& outcome) {
    Json one;
    for (const std::string& metric : told_metrics(question, found))
      if (const auto number = outcome.number(metric)) one["numbers"][metric] = number->value;
    one["allowed"] = allowed(question, outcome);
    one["validity"] = {{"state", outcome.validity}, {"finding", outcome.finding}};
    one["best_in"] = best_in(question, found, outcome);
    return one;
  };
  json["as_it_is"] = entry(found.as_it_is);
  json["ways"] = Json::array();
  for (const Alternative& way : found.ways) {
    Json one{{"key", way.key}, {"runs", way.runs}, {"found", way.trial.has_value()}};
    if (way.trial) {
      one["settings"] = way.trial->settings;
      one["reaches"] = way.reaches;
      one.update(entry(way.trial->outcome));
    }
    json["ways"].push_back(std::move(one));
  }
  return output::json_text(json, 2) + "\n";
}

std::string equal_csv(const Question& question, const Alternatives& found) {
  const std::vector<std::string> metrics = told_metrics(question, found);
  std::string csv = "way";
  for (const std::string& metric : metrics) csv += "," + output::csv_cell(metric);
  csv += ",allowed,validity\n";
  const auto add = [&](const std::string& name, const batch::Outcome& outcome) {
    csv += output::csv_cell(name);
    for (const std::string& metric : metrics) {
      const auto number = outcome.number(metric);
      csv += number ? fmt::format(",{}", number->value) : std::string(",");
    }
    csv += fmt::format(",{},{}\n", allowed(question, outcome) ? "yes" : "no", outcome.validity);
  };
  add("as it is", found.as_it_is);
  for (const Alternative& way : found.ways)
    if (way.trial) add(name_of(way), way.trial->outcome);
  return csv;
}

}  // namespace kiln::solve
