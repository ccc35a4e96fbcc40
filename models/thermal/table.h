// SPDX-License-Identifier: MIT
// Whitespace-separated text tables with `#` comments: the shape of HotSpot's .flp and .ptrace.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace kiln::thermal {

/// The words of one line and where it stands.
class Words {
 public:
  Words(std::string file, int line, std::vector<std::string> words)
      : file_(std::move(file)), line_(line), words_(std::move(words)) {}

  std::size_t size() const { return words_.size(); }
  const std::string& text(std::size_t index) const { return words_.at(index); }
  double number(std::size_t index) const;  ///< throws ConfigError unless it is a finite number
  bool is_number(std::size_t index) const;
  /// What one unit of a number's last digit is worth: 1e-6 for 0.001940.
  double last_digit(std::size_t index) const;
  /// Decimals of a number in scientific notation, 3 of 1.940e-03; 0 of any other.
  std::size_t significant_decimals(std::size_t index) const;
  base::Place place() const { return {file_, line_, 1}; }
  [[noreturn]] void fail(const std::string& message) const;  ///< ConfigError with file:line
  std::vector<std::string>&& release() && { return std::move(words_); }

 private:
  std::optional<double> value(std::size_t index) const;

  std::string file_;
  int line_;
  std::vector<std::string> words_;
};

/// Lines that hold words, without comments: from a word that begins with `#` on, as names may hold one.
std::vector<Words> read_words(std::string_view text, const std::string& file);

}  // namespace kiln::thermal
