// SPDX-License-Identifier: MIT
#include "experiment/curve_table.h"

#include <algorithm>
#include <array>

#include "base/csv.h"
#include "base/error.h"
#include "base/file.h"
#include "base/text.h"

namespace kiln::experiment {

namespace {

constexpr std::array kColumns = {"ratio", "steps", "low", "high"};

void check_columns(const std::string& path, const std::vector<std::string>& header) {
  const std::vector<std::string> known(kColumns.begin(), kColumns.end());
  for (const std::string& column : header) {
    if (std::find(known.begin(), known.end(), column) == known.end())
      throw base::ConfigError({path, 1, 1}, "",
                              fmt::format("unknown column '{}'{}", column, base::suggestion(column, known)));
    if (std::count(header.begin(), header.end(), column) > 1)
      throw base::ConfigError({path, 1, 1}, "", fmt::format("column '{}' stands twice", column));
  }
  for (const char* column : {"ratio", "steps"})
    if (std::find(header.begin(), header.end(), column) == header.end())
      throw base::ConfigError({path, 1, 1}, "",
                              fmt::format("has no column '{}'; needed: ratio,steps", column));
}

std::optional<double> cell_of(const base::CsvRow& row, const char* column) {
  if (!row.has(column) || row.text(column).empty()) return {};
  return row.number(column);
}

}  // namespace

WorkToAccuracyConfig read_curve_table(const std::string& path, std::string_view text) {
  const base::CsvTable table(path, text);
  check_columns(path, table.header());
  WorkToAccuracyConfig config;
  config.source = path;
  for (const base::CsvRow& row : table.rows()) {
    if (row.size() > table.header().size())
      row.fail(fmt::format("has {} cells for {} columns", row.size(), table.header().size()));
    config.curve.push_back(
        {row.number("ratio"), row.number("steps"), cell_of(row, "low"), cell_of(row, "high")});
  }
  if (config.curve.empty()) throw base::ConfigError({path, 1, 1}, "", "has no points below its head");
  return config;
}

config::ForeignFile curve_table_file() {
  return {".csv", nullptr, [](const std::string& path, const config::Node&) {
            const WorkToAccuracyConfig config = read_curve_table(path, base::read_file(path));
            return config::Value<WorkToAccuracyConfig>::write(config, {});
          }};
}

}  // namespace kiln::experiment
