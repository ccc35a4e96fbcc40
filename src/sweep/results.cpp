// SPDX-License-Identifier: MIT
#include "sweep/results.h"

#include <algorithm>
#include <set>
#include <unordered_map>

#include "base/error.h"
#include "base/file.h"
#include "base/parallel.h"
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
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    const std::string& name = numbers.names()[i];
    const double value = numbers.value(i);
    if (name == key) return value;
    const bool in_group = name.size() > key.size() && name.starts_with(key) && name[key.size()] == '.';
    if (in_group) largest = std::max(largest.value_or(value), value);
  }
  return largest;
}

namespace {

constexpr std::size_t kTogether = 64;  // points, by one thread

/// What the store has of a point.
struct Found {
  PointState state = PointState::pending;
  std::string error;  ///< of a failed one
  Row row;            ///< of a finished one
};

Found look_up(const StoredPlan::Entry& point, const PointStore& store) {
  Found found;
  if (const std::optional<std::string> text = store.summary(point.hash)) {
    found.state = PointState::done;
    const Summary summary = parse_summary(*text, (store.folder(point.hash) / "summary.json").string());
    for (const auto& label : point.labels) found.row.labels.push_back(label.second);
    found.row.validity = summary.validity;
    found.row.numbers = RowNumbers(summary.numbers);
    return found;
  }
  found.state = store.state(point.hash);
  if (found.state == PointState::done) found.state = PointState::pending;  // since a moment: not read
  if (found.state == PointState::failed) found.error = store.failure(point.hash);
  return found;
}

std::vector<Found> look_all_up(const StoredPlan& plan, const PointStore& store) {
  std::vector<Found> found(plan.points.size());
  base::for_each_in_parallel((found.size() + kTogether - 1) / kTogether, [&](std::size_t group) {
    const std::size_t first = group * kTogether;
    for (std::size_t i = first; i < std::min(first + kTogether, found.size()); ++i) {
      found[i] = look_up(plan.points[i], store);
      if (i > first) found[i].row.numbers.share_names(found[i - 1].row.numbers);
    }
  });
  return found;
}

/// Names that are not in the table yet become its columns.
void add_columns(const RowNumbers& numbers, std::set<std::string>& known, Table& table) {
  for (const std::string& name : numbers.names())
    if (!report::depends_on_host(name) && known.insert(name).second) table.columns.push_back(name);
}

}  // namespace

Table collect(const StoredPlan& plan, const PointStore& store) {
  Table table;
  if (!plan.points.empty())
    for (const auto& label : plan.points.front().labels) table.axes.push_back(label.first);
  std::set<std::string> known;
  std::vector<Found> found = look_all_up(plan, store);
  for (std::size_t i = 0; i < found.size(); ++i) {
    if (found[i].state == PointState::failed) {
      table.failures.push_back({label_text(plan.points[i].labels), found[i].error});
    } else if (found[i].state != PointState::done) {
      ++table.missing;
    }
    if (found[i].state != PointState::done) continue;
    Row& row = found[i].row;
    if (!table.rows.empty()) row.numbers.share_names(table.rows.back().numbers);
    if (table.rows.empty() || !row.numbers.shares_names(table.rows.back().numbers))
      add_columns(row.numbers, known, table);
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

namespace {

/// Where the columns stand among the numbers of rows that share their names.
class ColumnPlaces {
 public:
  explicit ColumnPlaces(const std::vector<std::string>& columns) : columns_(columns) {}

  /// Of each column; nothing for one that the row has no number of exactly that name of.
  const std::vector<std::optional<std::size_t>>& of(const RowNumbers& numbers) {
    if (last_ == nullptr || !last_->shares_names(numbers)) find(numbers);
    last_ = &numbers;
    return places_;
  }

 private:
  void find(const RowNumbers& numbers) {
    std::unordered_map<std::string_view, std::size_t> index;
    for (std::size_t i = 0; i < numbers.size(); ++i) index.emplace(numbers.names()[i], i);
    places_.assign(columns_.size(), {});
    for (std::size_t c = 0; c < columns_.size(); ++c)
      if (const auto at = index.find(columns_[c]); at != index.end()) places_[c] = at->second;
  }

  const std::vector<std::string>& columns_;
  const RowNumbers* last_ = nullptr;
  std::vector<std::optional<std::size_t>> places_;
};

std::string csv_head(const Table& table, const std::vector<std::optional<base::AxisScale>>& scales) {
  std::vector<std::string> head;
  for (std::size_t axis = 0; axis < table.axes.size(); ++axis)
    head.push_back(output::csv_cell(base::with_unit(table.axes[axis], scales[axis])));
  head.emplace_back("validity");
  for (const std::string& column : table.columns)
    head.push_back(output::csv_cell(column));  // names of the experiment's blocks stand in them
  return base::join(head, ",") + "\n";
}

}  // namespace

std::string to_csv(const Table& table) {
  std::vector<std::optional<base::AxisScale>> scales;
  for (std::size_t axis = 0; axis < table.axes.size(); ++axis) scales.push_back(scale_of(table, axis));
  std::string text = csv_head(table, scales);
  ColumnPlaces places(table.columns);
  for (std::size_t at = 0; at < table.rows.size(); ++at) {
    const Row& row = table.rows[at];
    for (std::size_t axis = 0; axis < row.labels.size(); ++axis)
      text +=
          (scales[axis] ? fmt::format("{}", scales[axis]->values[at]) : output::csv_cell(row.labels[axis])) +
          ",";
    text += output::csv_cell(row.validity);
    const auto& columns = places.of(row.numbers);
    for (std::size_t c = 0; c < columns.size(); ++c) {
      const std::optional<double> number =
          columns[c] ? row.numbers.value(*columns[c]) : row.number(table.columns[c]);
      text += number ? fmt::format(",{}", *number) : ",";
    }
    text += '\n';
  }
  return text;
}

}  // namespace kiln::sweep
