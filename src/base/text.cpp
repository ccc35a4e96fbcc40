// SPDX-License-Identifier: MIT
#include "base/text.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <numeric>

namespace kiln::base {

namespace {

std::size_t edit_distance(std::string_view a, std::string_view b) {  // Levenshtein 1966, one row at a time
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t substitute = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({substitute, row[j] + 1, row[j - 1] + 1});
    }
  }
  return row[b.size()];
}

/// Length of the control character at the start of `text`, or 0; its code point goes to `code`.
std::size_t control_character(std::string_view text, unsigned& code) {
  const auto byte = [&](std::size_t at) {
    return at < text.size() ? static_cast<unsigned>(static_cast<unsigned char>(text[at])) : 0U;
  };
  code = byte(0);
  if (code < 0x20 || code == 0x7f) return 1;
  if (code == 0xc2 && byte(1) >= 0x80 && byte(1) < 0xa0) {  // C1
    code = byte(1);
    return 2;
  }
  if (code == 0xd8 && byte(1) == 0x9c) {  // Arabic letter mark
    code = 0x61c;
    return 2;
  }
  if (code == 0xef && byte(1) == 0xbf &&
      (byte(2) == 0xbe || byte(2) == 0xbf)) {  // no characters, and not in XML
    code = 0xff00 | (byte(2) | 0x40U);
    return 3;
  }
  if (code != 0xe2) return 0;
  code = 0x2000 | (byte(1) & 0x3fU) << 6 | (byte(2) & 0x3fU);
  const bool separates = code == 0x2028 || code == 0x2029;
  const bool turns = code == 0x200e || code == 0x200f || (code >= 0x202a && code <= 0x202e) ||
                     (code >= 0x2066 && code <= 0x2069);  // UAX #9
  return separates || turns ? 3 : 0;
}

}  // namespace

std::string_view without_byte_order_mark(std::string_view text) {
  constexpr std::string_view kMark = "\xef\xbb\xbf";
  return text.starts_with(kMark) ? text.substr(kMark.size()) : text;
}

bool has_control_characters(std::string_view text, bool lines) {
  unsigned code = 0;
  for (std::size_t at = 0; at < text.size(); ++at)
    if (control_character(text.substr(at), code) > 0 && !(lines && (code == '\n' || code == '\t')))
      return true;
  return false;
}

void check_line(const Place& place, std::string_view line) {
  if (utf8_prefix(line) < line.size()) throw ConfigError(place, "", "is not text in UTF-8");
  if (has_control_characters(line, true))
    throw ConfigError(place, "", "holds control characters, which no name may: " + shown(line));
}

std::string shown(std::string_view text, bool lines) {
  std::string out;
  std::size_t good = utf8_prefix(text);
  for (std::size_t at = 0; at < text.size();) {
    unsigned code = 0;
    std::size_t length = control_character(text.substr(at), code);
    if (at == good) {  // a byte that is no character
      code = static_cast<unsigned char>(text[at]);
      length = 1;
      good = at + 1 + utf8_prefix(text.substr(at + 1));
    }
    if (length == 0 || (lines && (code == '\n' || code == '\t'))) {
      out += text[at++];
      continue;
    }
    out += code == '\n'   ? "\\n"
           : code == '\t' ? "\\t"
           : code < 0x100 ? fmt::format("\\x{:02x}", code)
                          : fmt::format("\\u{:04x}", code);
    at += length;
  }
  return out;
}

std::string_view trim(std::string_view text) {
  constexpr std::string_view kSpace = " \t\r\n\f\v";
  const auto first = text.find_first_not_of(kSpace);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kSpace) - first + 1);
}

std::vector<std::string> split(std::string_view text, char separator) {
  std::vector<std::string> parts;
  std::size_t start = 0;
  while (true) {
    const auto end = text.find(separator, start);
    parts.emplace_back(text.substr(start, end == std::string_view::npos ? end : end - start));
    if (end == std::string_view::npos) return parts;
    start = end + 1;
  }
}

std::string to_lower(std::string_view text) {
  std::string lower(text);
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return lower;
}

std::string join(const std::vector<std::string>& parts, std::string_view separator) {
  return fmt::format("{}", fmt::join(parts, separator));
}

std::string nearest_name(std::string_view word, const std::vector<std::string>& candidates) {
  std::string best;
  std::size_t best_distance = std::max<std::size_t>(2, word.size() / 3) + 1;
  for (const std::string& candidate : candidates) {
    const std::size_t distance = edit_distance(to_lower(word), to_lower(candidate));
    if (distance < best_distance && distance < std::max(word.size(), candidate.size())) {
      best_distance = distance;
      best = candidate;
    }
  }
  return best;
}

std::string suggestion(std::string_view word, const std::vector<std::string>& candidates) {
  const std::string near = nearest_name(word, candidates);
  if (!near.empty()) return fmt::format("; did you mean '{}'?", near);
  if (candidates.empty()) return "";
  return fmt::format("; allowed: {}", join(candidates, ", "));
}

std::size_t utf8_prefix(std::string_view text) {
  const auto byte = [&](std::size_t at) {
    return at < text.size() ? static_cast<unsigned>(static_cast<unsigned char>(text[at])) : 0U;
  };
  std::size_t at = 0;
  while (at < text.size()) {
    const unsigned first = byte(at);
    // Bytes that follow, and the least code point that needs so many: shorter ones are overlong.
    const std::size_t more = first < 0x80                    ? 0
                             : first >= 0xc2 && first < 0xe0 ? 1
                             : first >= 0xe0 && first < 0xf0 ? 2
                                                             : 3;
    if (more == 3 && (first < 0xf0 || first > 0xf4)) return at;
    unsigned code = more == 0 ? first : first & (0x3fU >> more);
    for (std::size_t i = 1; i <= more; ++i) {
      if ((byte(at + i) & 0xc0) != 0x80) return at;
      code = code << 6 | (byte(at + i) & 0x3fU);
    }
    const bool overlong = (more == 2 && code < 0x800) || (more == 3 && code < 0x10000);
    const bool surrogate = code >= 0xd800 && code < 0xe000;
    if (overlong || surrogate || code > 0x10ffff) return at;
    at += more + 1;
  }
  return at;
}

}  // namespace kiln::base
