// SPDX-License-Identifier: MIT
// Comma-separated tables with a header line; every error names file and line.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace kiln::base {

class CsvRow {
 public:
  CsvRow(std::string file, int line, const std::vector<std::string>* header, std::vector<std::string> cells);

  int line() const { return line_; }
  Place place() const { return {file_, line_, 1}; }
  std::size_t size() const { return cells_.size(); }
  bool has(std::string_view column) const;
  const std::string& cell(std::size_t index) const;
  const std::string& text(std::string_view column) const;
  std::int64_t integer(std::string_view column) const;
  double number(std::string_view column) const;
  std::int64_t integer_at(std::size_t index) const;
  double number_at(std::size_t index) const;
  [[noreturn]] void fail(const std::string& message) const;

 private:
  std::string file_;
  int line_;
  const std::vector<std::string>* header_;
  std::vector<std::string> cells_;
};

/// Blank lines and lines starting with '#' are skipped; cells are trimmed; quotes around a cell are removed.
class CsvTable {
 public:
  /// `file` only names the text in errors.
  CsvTable(const std::string& file, std::string_view text, bool with_header = true);
  CsvTable(const CsvTable&) = delete;  // rows point into the header
  CsvTable& operator=(const CsvTable&) = delete;

  const std::vector<std::string>& header() const { return header_; }
  const std::vector<CsvRow>& rows() const { return rows_; }

 private:
  std::vector<std::string> header_;
  std::vector<CsvRow> rows_;
};

}  // namespace kiln::base
