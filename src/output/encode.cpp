// SPDX-License-Identifier: MIT
#include "output/encode.h"

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

namespace {

/// A sign, a digit and nothing that could name a function or another cell: "-10 degC" is read as it stands.
bool is_signed_quantity(std::string_view text) {
  return text.size() > 1 && (text[0] == '+' || text[0] == '-') && text[1] >= '0' && text[1] <= '9' &&
         std::all_of(text.begin() + 1, text.end(), [](unsigned char c) {
           return std::isalnum(c) != 0 || c == '.' || c == ' ' || c == '%';
         });
}

}  // namespace

std::string csv_cell(std::string_view text) {
  constexpr std::string_view kBeginsFormula = "=+-@\t\r";
  if (!text.empty() && kBeginsFormula.find(text.front()) != std::string_view::npos &&
      !is_signed_quantity(text))
    return csv_cell("'" + std::string(text));
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
  return base::shown(text, true);
}

}  // namespace kiln::output
