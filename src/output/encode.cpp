// SPDX-License-Identifier: MIT
#include "output/encode.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "base/text.h"

namespace kiln::output {

namespace {

constexpr std::size_t kLongestFileName = 100;
constexpr std::string_view kPunctuation = "._+-";

bool is_control(char c) {
  return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
}

/// Length of a UTF-8 sequence at the front that a terminal takes for an order, 0 when it does not: C1
/// controls (U+0080 to U+009F), line separators and marks of direction (Unicode Annex 9).
std::size_t invisible_length(std::string_view text) {
  static constexpr std::string_view kMarks[] = {"\u061c", "\u200e", "\u200f", "\u2028", "\u2029",
                                                "\u202a", "\u202b", "\u202c", "\u202d", "\u202e",
                                                "\u2066", "\u2067", "\u2068", "\u2069"};
  if (text.size() >= 2 && text[0] == '\xc2' && static_cast<unsigned char>(text[1]) < 0xa0) return 2;
  for (const std::string_view mark : kMarks)
    if (text.starts_with(mark)) return mark.size();
  return 0;
}

void append_shown(std::string& out, std::string_view bytes) {
  for (const char c : bytes) out += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
}

}  // namespace

std::string file_name(std::string_view text) {
  std::string name;
  for (const char c : text.substr(0, kLongestFileName))
    name += std::isalnum(static_cast<unsigned char>(c)) != 0 || kPunctuation.find(c) != kPunctuation.npos
                ? c
                : '_';
  const bool bare = !name.empty() && name.front() != '.' && name.front() != '-';
  return bare ? name : "_" + name;
}

std::string csv_cell(std::string_view text) {
  if (text.find_first_of(",\"\n\r") == std::string_view::npos) return std::string(text);
  std::string quoted = "\"";
  for (const char c : text) quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
  return quoted + "\"";
}

std::string xml_text(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&#39;";
        break;
      default:
        if (!is_control(c)) out += c;
    }
  }
  return out;
}

std::string hotspot_word(std::string_view text) {
  std::string word;
  for (const char c : text) word += is_control(c) || c == ' ' || c == '#' ? '_' : c;
  return word.empty() ? "_" : word;
}

std::string gnuplot_label(std::string_view text) {
  std::string label;
  for (const char c : text) {
    if (c == '"') {
      label += "\u201d";
    } else if (c == '\\') {
      label += "\u2216";
    } else {
      label += is_control(c) ? ' ' : c;
    }
  }
  return label.empty() ? " " : label;
}

std::string terminal_text(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const std::size_t good = base::utf8_prefix(text);
    for (std::size_t at = 0; at < good;) {
      const bool shown = is_control(text[at]) && text[at] != '\n';
      const std::size_t length = shown ? 1 : invisible_length(text.substr(at));
      if (length > 0) {
        append_shown(out, text.substr(at, length));
      } else {
        out += text[at];
      }
      at += std::max<std::size_t>(length, 1);
    }
    text.remove_prefix(good);
    if (text.empty()) break;
    append_shown(out, text.substr(0, 1));  // no character at all
    text.remove_prefix(1);
  }
  return out;
}

}  // namespace kiln::output
