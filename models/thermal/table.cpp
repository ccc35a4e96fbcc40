// SPDX-License-Identifier: MIT
#include "thermal/table.h"

#include <fmt/core.h>

#include <algorithm>
#include <charconv>
#include <cmath>

#include "base/text.h"

namespace kiln::thermal {

std::optional<double> Words::value(std::size_t index) const {
  const std::string& word = words_.at(index);
  const char* begin = word.data() + (!word.empty() && word.front() == '+' ? 1 : 0);
  double value = 0.0;
  const auto [end, error] = std::from_chars(begin, word.data() + word.size(), value);
  if (error != std::errc() || end != word.data() + word.size() || !std::isfinite(value)) return std::nullopt;
  return value;
}

double Words::number(std::size_t index) const {
  if (const std::optional<double> number = value(index)) return *number;
  fail(fmt::format("'{}' is not a number", words_.at(index)));
}

bool Words::is_number(std::size_t index) const {
  return value(index).has_value();
}

double Words::last_digit(std::size_t index) const {
  const std::string& word = words_.at(index);
  const std::size_t exponent_at = std::min(word.find_first_of("eE"), word.size());
  const std::size_t point = std::min(word.find('.'), exponent_at);
  const std::size_t decimals = exponent_at - point - (point < exponent_at ? 1 : 0);
  int exponent = 0;
  const char* begin = word.data() + std::min(exponent_at + 1, word.size());
  if (begin < word.data() + word.size() && *begin == '+') ++begin;
  std::from_chars(begin, word.data() + word.size(), exponent);
  return std::pow(10.0, static_cast<double>(exponent) - static_cast<double>(decimals));
}

std::size_t Words::significant_decimals(std::size_t index) const {
  const std::string& word = words_.at(index);
  const std::size_t exponent_at = word.find_first_of("eE"), point = word.find('.');
  return exponent_at == std::string::npos || point >= exponent_at ? 0 : exponent_at - point - 1;
}

void Words::fail(const std::string& message) const {
  throw base::ConfigError(place(), words_.empty() ? "line" : words_.front(), message);
}

namespace {

constexpr std::string_view kBlank = " \t\r\f\v";

/// Where a word begins with `#`.
std::size_t comment_at(std::string_view line) {
  std::size_t at = line.find('#');
  while (at != std::string_view::npos && at > 0 && kBlank.find(line[at - 1]) == std::string_view::npos)
    at = line.find('#', at + 1);
  return at;
}

}  // namespace

std::vector<Words> read_words(std::string_view text, const std::string& file) {
  text = base::without_byte_order_mark(text);
  std::vector<Words> lines;
  int number = 0;
  while (!text.empty()) {
    ++number;
    const std::size_t end = text.find('\n');
    std::string_view line = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    line = line.substr(0, comment_at(line));
    if (line.find_first_not_of(kBlank) != std::string_view::npos)
      base::check_line({file, number, 1}, base::trim(line));
    std::vector<std::string> words;
    for (std::size_t at = line.find_first_not_of(kBlank); at != std::string_view::npos;) {
      const std::size_t stop = line.find_first_of(kBlank, at);
      words.emplace_back(line.substr(at, stop - at));
      at = line.find_first_not_of(kBlank, stop);
      if (stop == std::string_view::npos) break;
    }
    if (!words.empty()) lines.emplace_back(file, number, std::move(words));
  }
  return lines;
}

}  // namespace kiln::thermal
