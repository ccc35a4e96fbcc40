// SPDX-License-Identifier: MIT
#include "base/csv.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "base/error.h"
#include "base/text.h"

namespace kiln::base {

namespace {

/// Without blanks around it, those that do not break (U+00A0) among them: spreadsheets write them.
std::string_view trim_cell(std::string_view cell) {
  constexpr std::string_view kNoBreak = "\xc2\xa0";
  for (cell = trim(cell);;) {
    if (cell.starts_with(kNoBreak))
      cell.remove_prefix(kNoBreak.size());
    else if (cell.ends_with(kNoBreak))
      cell.remove_suffix(kNoBreak.size());
    else
      return cell;
    cell = trim(cell);
  }
}

/// Splits at commas outside double quotes; a doubled quote inside quotes stands for one.
std::vector<std::string> cells_of(std::string_view line) {
  std::vector<std::string> cells(1);
  bool quoted = false;
  for (std::size_t i = 0; i < line.size(); ++i) {
    const char c = line[i];
    if (c == '"' && quoted && i + 1 < line.size() && line[i + 1] == '"') {
      cells.back() += '"';
      ++i;
    } else if (c == '"') {
      quoted = !quoted;
    } else if (c == ',' && !quoted) {
      cells.emplace_back();
    } else {
      cells.back() += c;
    }
  }
  for (std::string& cell : cells) cell = std::string(trim_cell(cell));
  return cells;
}

template <class Number>
bool parse_whole(std::string_view text, Number& value) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size() &&
         std::isfinite(static_cast<double>(value));
}

}  // namespace

CsvRow::CsvRow(std::string file, int line, const std::vector<std::string>* header,
               std::vector<std::string> cells)
    : file_(std::move(file)), line_(line), header_(header), cells_(std::move(cells)) {}

void CsvRow::fail(const std::string& message) const {
  throw ConfigError({file_, line_, 1}, "", message);
}

bool CsvRow::has(std::string_view column) const {
  const auto it = std::find(header_->begin(), header_->end(), column);
  return it != header_->end() && static_cast<std::size_t>(it - header_->begin()) < cells_.size();
}

const std::string& CsvRow::cell(std::size_t index) const {
  if (index >= cells_.size())
    fail(fmt::format("has {} cells, cell {} is needed; is the line cut off?", cells_.size(), index + 1));
  return cells_[index];
}

const std::string& CsvRow::text(std::string_view column) const {
  const auto it = std::find(header_->begin(), header_->end(), column);
  if (it == header_->end()) fail(fmt::format("no column '{}'{}", column, suggestion(column, *header_)));
  return cell(static_cast<std::size_t>(it - header_->begin()));
}

std::int64_t CsvRow::integer_at(std::size_t index) const {
  std::int64_t value = 0;
  if (!parse_whole(cell(index), value))
    fail(fmt::format("cell {}: '{}' is not a whole number", index + 1, cell(index)));
  return value;
}

double CsvRow::number_at(std::size_t index) const {
  double value = 0;
  if (!parse_whole(cell(index), value))
    fail(fmt::format("cell {}: '{}' is not a number", index + 1, cell(index)));
  return value;
}

std::int64_t CsvRow::integer(std::string_view column) const {
  std::int64_t value = 0;
  if (!parse_whole(text(column), value))
    fail(fmt::format("{}: '{}' is not a whole number", column, text(column)));
  return value;
}

double CsvRow::number(std::string_view column) const {
  double value = 0;
  if (!parse_whole(text(column), value)) fail(fmt::format("{}: '{}' is not a number", column, text(column)));
  return value;
}

CsvTable::CsvTable(const std::string& file, std::string_view text, bool with_header) {
  bool header_seen = !with_header;
  int line = 0;
  for (const std::string& raw : split(without_byte_order_mark(text), '\n')) {
    ++line;
    const std::string_view content = trim(raw);
    if (content.empty() || content.front() == '#') continue;
    check_line({file, line, 1}, content);
    if (!header_seen) {
      header_ = cells_of(content);
      header_seen = true;
    } else {
      rows_.emplace_back(file, line, &header_, cells_of(content));
    }
  }
  if (!header_seen) throw ConfigError({file, 1, 1}, "", "is empty; a header line is needed");
}

}  // namespace kiln::base
