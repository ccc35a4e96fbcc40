// SPDX-License-Identifier: MIT
#include "cli/left_out_keys.h"

#include <map>
#include <vector>

#include "base/text.h"
#include "cli/key_comment.h"
#include "cli/start_document.h"
#include "config/emit.h"

namespace kiln::cli {

namespace {

using config::FieldInfo;
using config::Node;

/// What stands in braces from `begin` on, divided at its own commas; `end` is set behind the closing one, or
/// to 0 where the line ends before.
std::vector<std::string> entries_in_braces(const std::string& line, std::size_t begin, std::size_t& end) {
  std::vector<std::string> entries(1);
  int depth = 0;
  char quote = 0;
  for (std::size_t i = begin; i < line.size(); ++i) {
    const char c = line[i];
    if (quote != 0) {
      if (c == quote) quote = 0;
    } else if (c == '"' || c == '\'') {
      quote = c;
    } else if (c == '{' || c == '[') {
      if (depth++ == 0) continue;
    } else if (c == '}' || c == ']') {
      if (--depth == 0) return end = i + 1, entries;
    } else if (c == ',' && depth == 1) {
      entries.emplace_back();
      continue;
    }
    entries.back() += c;
  }
  return end = 0, entries;
}

/// Rewrites the first map in braces that has to be a block; false where there is none.
bool open_one(StartDocument& document) {
  bool opened = false;
  each_record(document.root(), [&](const Written& at) {
    for (std::size_t k = 0; k < at.map.map.size() && !opened; ++k) {
      const auto& [key, value] = at.map.map[k];
      const FieldInfo* field = config::find_own_field(at.record, key);
      const Node* effective = at.effective.find(key);
      const base::Place& place = at.map.key_places[k];
      if (field == nullptr || effective == nullptr || !value.is_map() || value.map.empty() ||
          !is_record(*field, *effective) || value.place.line != place.line || !document.begins_line(place))
        continue;
      const Written inner{value, *field->record, *effective};
      const std::string line = document.line(place);
      const std::size_t begin = line.find('{', static_cast<std::size_t>(place.column - 1) + key.size());
      if (begin == std::string::npos || includes_file(inner) || !leaves_keys_out(inner)) continue;
      std::size_t end = 0;
      std::vector<std::string> block;
      const std::string pad(static_cast<std::size_t>(place.column - 1) + 2, ' ');
      for (const std::string& entry : entries_in_braces(line, begin, end))
        block.push_back(pad + std::string(base::trim(entry)));
      if (end == 0) continue;
      auto& lines = document.lines();
      const auto at_line = lines.begin() + (place.line - 1);
      *at_line = line.substr(0, line.find_last_not_of(' ', begin - 1) + 1) + line.substr(end);
      lines.insert(at_line + 1, block.begin(), block.end());
      opened = true;
    }
  });
  return opened;
}

/// Lines of the keys of a record that a map does not write, below `pad`.
class LeftOutKeys {
 public:
  explicit LeftOutKeys(const StartDocument& document) : document_(document) {}

  /// Below the keys that the map writes. Records without a default follow as blocks.
  std::vector<std::string> beside(const Written& at, const std::string& pad) const {
    std::vector<std::string> lines;
    for (const FieldInfo& field : at.record.fields())
      if (at.map.find(field.key) == nullptr) add(at, field, pad, lines);
    return lines;
  }

 private:
  static void add_text(const std::string& text, std::vector<std::string>& lines) {
    for (std::string& line : base::split(text, '\n'))
      if (!line.empty()) lines.push_back(std::move(line));
  }

  void add(const Written& at, const FieldInfo& field, const std::string& pad,
           std::vector<std::string>& lines) const {
    const Node* value = at.effective.find(field.key);
    if (value == nullptr || value->kind == Node::Kind::null) return add_absent(at, field, pad, lines);
    add_default(field, *value, pad, true, lines);
  }

  /// What is absent without its key: a record with all keys at their defaults can be opened.
  void add_absent(const Written& at, const FieldInfo& field, const std::string& pad,
                  std::vector<std::string>& lines) const {
    std::vector<std::string> block;
    if (field.record != nullptr && !field.type.starts_with("list of"))
      if (const auto record = document_.with_record(at.path + field.key))
        block = record_lines(field, *record, pad);
    const char* hint = block.empty() ? "" : ". It is there without the '# ' of the lines that follow";
    add_text(comment(fmt::format("Left out: {}. {}{}", field.key, meaning(field), hint), pad), lines);
    for (const std::string& line : block) lines.push_back(pad + "# " + line.substr(pad.size()));
  }

  /// The record with one key at its default and the others so as comments; empty where none has a default.
  static std::vector<std::string> record_lines(const FieldInfo& field, const Node& value,
                                               const std::string& pad) {
    std::vector<std::string> lines{pad + field.key + ":"};
    bool live = false;
    for (const FieldInfo& inner : field.record->fields())
      live |= add_inner(inner, value.find(inner.key), pad + "  ", live, lines);
    return live ? lines : std::vector<std::string>();
  }

  /// Whether a key is written so that it is in force; `live`: one before it is.
  static bool add_inner(const FieldInfo& field, const Node* value, const std::string& pad, bool live,
                        std::vector<std::string>& lines) {
    if (value != nullptr && value->kind != Node::Kind::null)
      return add_default(field, *value, pad, live, lines);
    add_text(comment(fmt::format("Left out: {}. {}", field.key, meaning(field)), pad), lines);
    return false;
  }

  static bool add_default(const FieldInfo& field, const Node& value, const std::string& pad, bool live,
                          std::vector<std::string>& lines) {
    add_text(comment(meaning(field), pad), lines);
    if (is_record(field, value))
      if (const auto inner = record_lines(field, value, pad); !inner.empty()) {
        lines.insert(lines.end(), inner.begin(), inner.end());
        return true;
      }
    const bool in_force = !live && !is_record(field, value) && !field.default_text.empty();
    lines.push_back(pad + (in_force ? "" : "#") + field.key + ": " + config::flow_text(value));
    return in_force;
  }

  const StartDocument& document_;
};

}  // namespace

std::string in_blocks(const FileKind& kind, std::string text, const std::string& file) {
  for (;;) {
    StartDocument document(kind, text, file);
    if (!open_one(document)) return text;
    text = document.text();
  }
}

std::string with_left_out_keys(const FileKind& kind, const std::string& text, const std::string& file) {
  StartDocument document(kind, text, file);
  std::multimap<std::size_t, std::vector<std::string>> behind;  // by line, inner records first
  each_record(document.root(), [&](const Written& at) {
    if (at.map.key_places.empty() || !document.begins_line(at.map.key_places.front())) return;
    const base::Place& first = at.map.key_places.front();
    const auto indent = static_cast<std::size_t>(first.column - 1);
    std::vector<std::string> lines = LeftOutKeys(document).beside(at, std::string(indent, ' '));
    if (lines.empty()) return;
    if (indent == 0)
      lines.insert(lines.begin(), {"", "# Left at their defaults; without the '#' a key is in force.", ""});
    const std::size_t end = document.end_of_block(static_cast<std::size_t>(first.line - 1), indent);
    behind.emplace_hint(behind.lower_bound(end), end, std::move(lines));
  });
  auto& lines = document.lines();
  for (auto at = behind.rbegin(); at != behind.rend(); ++at)
    lines.insert(lines.begin() + static_cast<std::ptrdiff_t>(at->first), at->second.begin(),
                 at->second.end());
  return document.text();
}

}  // namespace kiln::cli
