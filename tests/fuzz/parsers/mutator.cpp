// SPDX-License-Identifier: MIT
#include "fuzz/parsers/mutator.h"

#include <algorithm>

namespace kiln::fuzz {

namespace {

constexpr std::size_t kLongest = 256 << 10;

// Literals with a NUL inside need their length, so all have it.
using namespace std::string_view_literals;
constexpr std::string_view kWords[] = {
    // YAML
    "~"sv, "''"sv, "\""sv, "["sv, "]"sv, "{"sv, "}"sv, "- "sv, ": "sv, "#"sv, "\t"sv, "\n"sv, "&a "sv, "*a"sv,
    "!!int "sv, "|"sv, ">"sv, "---\n"sv, "? "sv, "%YAML 9.9\n"sv, "<<: *a"sv, "[[[[[[[["sv, "{a: {a: {a: "sv,
    "from: /dev/null"sv, "from: ."sv, "from: 1\n"sv, "&a [*a, *a, *a]"sv, "name: \"a\\nb\"\n"sv,
    // numbers
    "0"sv, "-0"sv, "-1"sv, "nan"sv, "inf"sv, "-inf"sv, "NaN"sv, "1e999"sv, "-1e999"sv, "1e308"sv, "1e-308"sv,
    "5e-324"sv, "2147483647"sv, "2147483648"sv, "4294967296"sv, "9223372036854775807"sv,
    "9223372036854775808"sv, "18446744073709551616"sv, "99999999999999999999999999"sv, "0x10"sv, "010"sv,
    "1_000"sv, "+.5"sv, "5."sv, "1e"sv, "1,5"sv, "0.1:1e9:1e-9"sv, "true"sv,
    // units
    "1e308 GHz"sv, "0 W"sv, "-273.16 degC"sv, "25 degC"sv, "1 MHz MHz"sv, "1e-320 K"sv, "\xc2\xb5s"sv,
    // JSON and tables
    "null"sv, "{}"sv, "[]"sv, "\":"sv, "\\u0000"sv, "\\ud800"sv, ","sv, ",,"sv, ":"sv, "."sv, "="sv, "\"\""sv,
    "READ"sv, "-"sv, "(1,)"sv, "'<f8'"sv, "True"sv,
    // bytes
    "\0"sv, "\r"sv, "\r\n"sv, "\x1b[2J"sv, "\x7f"sv, "\xff\xfe"sv, "\xc3\x28"sv, "\xef\xbb\xbf"sv,
    "\xe2\x80\xa8"sv, "\xe2\x80\xae"sv, "\x93NUMPY"sv, "\xf4\x90\x80\x80"sv};

bool in_token(char c) {
  return c != '\n' && c != ' ' && c != ',' && c != ':' && c != '\t' && c != '=' && c != '{' && c != '}' &&
         c != '[' && c != ']' && c != '"' && c != '(' && c != ')';
}

}  // namespace

Mutator::Mutator(std::uint64_t seed, std::string_view parser, std::uint64_t number)
    : rng_(seed, parser, "mutant", number) {}

Seed Mutator::mutant(const std::vector<Seed>& seeds) {
  Seed mutant = seeds[below(seeds.size())];
  for (std::size_t times = 1 + below(4); times > 0; --times) damage(mutant.text, seeds);
  mutant.text.resize(std::min(mutant.text.size(), kLongest));
  return mutant;
}

void Mutator::damage(std::string& text, const std::vector<Seed>& seeds) {
  const std::size_t at = below(text.size() + 1);
  const std::size_t length = std::min(text.size() - at, 1 + below(20));
  switch (below(10)) {
    case 0:
      return text.resize(at);
    case 1:
      text.erase(at, length);
      return;
    case 2:
      text.insert(at, text.substr(at, length));
      return;
    case 3:
      text.insert(at, word());
      return;
    case 4:
    case 5:
      return replace_token(text);
    case 6:
      return splice(text, seeds);
    case 7:
      return repeat_line(text);
    case 8:
      if (below(16) == 0) repeat_often(text);  // long texts are slow
      return;
    default:
      return flip(text);
  }
}

void Mutator::flip(std::string& text) {
  if (text.empty()) return;
  char& byte = text[below(text.size())];
  byte = static_cast<char>(below(2) == 0 ? byte ^ (1 << below(8)) : static_cast<int>(below(256)));
}

/// A word or number becomes another.
void Mutator::replace_token(std::string& text) {
  std::size_t from = below(text.size() + 1);
  while (from < text.size() && !in_token(text[from])) ++from;
  while (from > 0 && from < text.size() && in_token(text[from - 1])) --from;
  std::size_t to = from;
  while (to < text.size() && in_token(text[to])) ++to;
  text.replace(from, to - from, word());
}

/// The head of this text and the tail of another.
void Mutator::splice(std::string& text, const std::vector<Seed>& seeds) {
  const std::string& other = seeds[below(seeds.size())].text;
  text.resize(below(text.size() + 1));
  text += other.substr(below(other.size() + 1));
}

void Mutator::repeat_line(std::string& text) {
  const std::size_t at = below(text.size() + 1);
  const std::size_t before = at == 0 ? std::string::npos : text.rfind('\n', at - 1);
  const std::size_t from = before == std::string::npos ? 0 : before + 1;
  const std::size_t end = text.find('\n', from);
  std::string line = text.substr(from, end == std::string::npos ? end : end + 1 - from);
  if (end == std::string::npos) line += '\n';
  text.insert(from, line);
}

/// Deep nesting, repeated keys, long lines.
void Mutator::repeat_often(std::string& text) {
  const std::size_t at = below(text.size() + 1);
  const std::string piece = below(2) == 0 ? std::string(word()) : text.substr(at, 1 + below(12));
  std::string many;
  for (std::size_t count = std::size_t{1} << below(16); count > 0 && many.size() < kLongest; --count)
    many += piece;
  text.insert(at, many);
}

std::string_view Mutator::word() {
  return kWords[below(std::size(kWords))];
}

std::size_t Mutator::below(std::size_t bound) {
  return static_cast<std::size_t>(rng_.below(bound));
}

}  // namespace kiln::fuzz
