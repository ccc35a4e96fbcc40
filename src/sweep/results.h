// SPDX-License-Identifier: MIT
// summary.json of each point -> one table.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/axis_scale.h"
#include "sweep/plan.h"
#include "sweep/point_store.h"
#include "sweep/row_numbers.h"

namespace kiln::sweep {

/// A summary.json as it can be read again.
struct Summary {
  Numbers numbers;              ///< nested keys joined by dots, in the file's order
  std::string validity = "ok";  ///< or "warn", "invalid"; "ok" without the record
};
/// Throws ConfigError naming `file`.
Summary parse_summary(std::string_view text, const std::string& file);
Summary read_summary(const std::string& path);

struct Row {
  std::vector<std::string> labels;  ///< parallel to Table::axes
  RowNumbers numbers;
  std::string validity = "ok";  ///< or "warn", "invalid"
  /// A number of the summary; for a group of numbers (peak_temperature_c) its largest.
  std::optional<double> number(std::string_view key) const;
  /// Neither ranked nor drawn.
  bool invalid() const { return validity == "invalid"; }
};

struct Table {
  std::vector<std::string> axes;
  std::vector<std::string> columns;  ///< numbers, in order of first appearance, none that depends on the host
  std::vector<Row> rows;             ///< finished points in the order of the plan
  struct Failure {
    std::string labels;
    std::string error;
  };
  std::vector<Failure> failures;
  std::size_t missing = 0;  ///< neither finished nor failed
};

Table collect(const StoredPlan& plan, const PointStore& store);
/// Of an axis whose labels are all numbers, a value per row.
std::optional<base::AxisScale> scale_of(const Table& table, std::size_t axis);
/// A label as a sentence has it: a bare number with the name of its axis ("batch 8"), others as they are.
std::string told_label(const Table& table, std::size_t axis, const std::string& label);
/// The labels of a row, in such words.
std::string told_labels(const Table& table, const Row& row);
/// Comma-separated, quoted as in RFC 4180; numbers in the shortest form that reads back the same;
/// an axis of numbers is a column of numbers, its unit in the head ("ambient [degC]").
std::string to_csv(const Table& table);

}  // namespace kiln::sweep
