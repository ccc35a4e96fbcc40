// SPDX-License-Identifier: MIT
#include "sweep/results.h"

#include <algorithm>
#include <set>

#include "base/error.h"
#include "base/file.h"
#include "base/text.h"
#include "output/encode.h"
#include "output/json.h"
#include "report/glossary.h"

namespace kiln::sweep {

namespace {

void flatten(const output::Json& json, const std::string& prefix, Numbers& numbers) {
  for (const auto& [key, value] : json.items()) {
    const std::string path = prefix.empty() ? key : prefix + "." + key;
    if (value.is_number()) {
      numbers.emplace_back(path, value.get<double>());
    } else if (value.is_structured()) {
      flatten(value, path, numbers);
    }
  }
}

constexpr const char* kValidity = "validity";

output::Json parse_object(std::string_view text, const std::string& file) {
  const base::Place place{file, 1, 1};
  output::Json json = output::parse_json(text, place);
  if (!json.is_object())
    throw base::ConfigError(place, "", "is not the summary of a run (a JSON object is needed)");
  return json;
}

Numbers numbers_of(output::Json summary) {
  summary.erase(kValidity);
  Numbers numbers;
  flatten(summary, "", numbers);
  return numbers;
}

/// "ok" for a summary without the record.
std::string validity_of(const output::Json& summary) {
  const auto record = summary.find(kValidity);
  if (record == summary.end() || !record->is_object()) return "ok";
  const auto state = record->find("state");
  return state != record->end() && state->is_string() ? state->get<std::string>() : "ok";
}

}  // namespace

Summary parse_summary(std::string_view text, const std::string& file) {
  output::Json json = parse_object(text, file);
  Summary summary;
  summary.validity = validity_of(json);
  summary.numbers = numbers_of(std::move(json));
  return summary;
}

Summary read_summary(const std::string& path) {
  return parse_summary(base::read_file(path), path);
}

std::optional<double> Row::number(std::string_view key) const {
  std::optional<double> largest;
  for (const auto& [name, value] : numbers) {
    if (name == key) return value;
    const bool in_group = name.size() > key.size() && name.starts_with(key) && name[key.size()] == '.';
    if (in_group) largest = std::max(largest.value_or(value), value);
  }
  return largest;
}

Table collect(const StoredPlan& plan, const PointStore& store) {
  Table table;
  if (!plan.points.empty())
    for (const auto& label : plan.points.front().labels) table.axes.push_back(label.first);
  std::set<std::string> known;
  for (const StoredPlan::Entry& point : plan.points) {
    const PointState state = store.state(point.hash);
    if (state == PointState::failed) {
      table.failures.push_back({label_text(point.labels), store.failure(point.hash)});
    } else if (state != PointState::done) {
      ++table.missing;
    }
    if (state != PointState::done) continue;
    Row row;
    for (const auto& label : point.labels) row.labels.push_back(label.second);
    Summary summary = read_summary((store.folder(point.hash) / "summary.json").string());
    row.validity = std::move(summary.validity);
    row.numbers = std::move(summary.numbers);
    for (const auto& number : row.numbers)
      if (!report::depends_on_host(number.first) && known.insert(number.first).second)
        table.columns.push_back(number.first);
    table.rows.push_back(std::move(row));
  }
  return table;
}

std::optional<base::AxisScale> scale_of(const Table& table, std::size_t axis) {
  std::vector<std::string> labels;
  for (const Row& row : table.rows) labels.push_back(row.labels[axis]);
  return base::axis_scale(labels);
}

std::string told_label(const Table& table, std::size_t axis, const std::string& label) {
  const auto scale = base::axis_scale({label});
  return scale && scale->unit.empty() ? table.axes[axis] + " " + label : label;
}

std::string told_labels(const Table& table, const Row& row) {
  std::vector<std::string> words;
  for (std::size_t axis = 0; axis < row.labels.size(); ++axis)
    words.push_back(told_label(table, axis, row.labels[axis]));
  return base::join(words, ", ");
}

std::string to_csv(const Table& table) {
  std::string text;
  const auto add_line = [&](const std::vector<std::string>& cells) { text += base::join(cells, ",") + "\n"; };
  std::vector<std::string> head;
  std::vector<std::optional<base::AxisScale>> scales;
  for (std::size_t axis = 0; axis < table.axes.size(); ++axis) {
    scales.push_back(scale_of(table, axis));
    head.push_back(output::csv_cell(base::with_unit(table.axes[axis], scales.back())));
  }
  head.emplace_back("validity");
  for (const std::string& column : table.columns)
    head.push_back(output::csv_cell(column));  // names of the experiment's blocks stand in them
  add_line(head);
  for (std::size_t at = 0; at < table.rows.size(); ++at) {
    const Row& row = table.rows[at];
    std::vector<std::string> cells;
    for (std::size_t axis = 0; axis < row.labels.size(); ++axis)
      cells.push_back(scales[axis] ? fmt::format("{}", scales[axis]->values[at])
                                   : output::csv_cell(row.labels[axis]));
    cells.push_back(output::csv_cell(row.validity));
    for (const std::string& column : table.columns) {
      const auto number = row.number(column);
      cells.push_back(number ? fmt::format("{}", *number) : "");
    }
    add_line(cells);
  }
  return text;
}

}  // namespace kiln::sweep
