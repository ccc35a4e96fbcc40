// SPDX-License-Identifier: MIT
#include "cli/left_out_keys.h"

#include <algorithm>
#include <map>
#include <vector>

#include "base/text.h"
#include "cli/key_comment.h"
#include "config/emit.h"
#include "config/find_field.h"

namespace kiln::cli {

namespace {

using config::FieldInfo;
using config::Node;
using config::RecordBase;

/// A map of a record as it is written, and as it is in force.
struct Written {
  const Node& map;
  const RecordBase& record;
  const Node& effective;
};

bool includes_file(const Written& at) {
  if (config::find_own_field(at.record, "from") == nullptr && at.map.find("from") != nullptr) return true;
  const auto& foreign = at.record.foreign_files();
  return std::any_of(foreign.begin(), foreign.end(), [&](const config::ForeignFile& file) {
    return !file.key.empty() && at.map.find(file.key) != nullptr;
  });
}

/// The map of a record; not a map of such by names.
bool is_record(const FieldInfo& field, const Node& value) {
  return field.record != nullptr && value.is_map() &&
         std::all_of(value.map.begin(), value.map.end(), [&](const auto& entry) {
           return config::find_own_field(*field.record, entry.first) != nullptr;
         });
}

bool leaves_keys_out(const Written& at) {
  return std::any_of(at.record.fields().begin(), at.record.fields().end(), [&](const FieldInfo& field) {
    const Node* value = at.effective.find(field.key);
    return at.map.find(field.key) == nullptr && value != nullptr && value->kind != Node::Kind::null;
  });
}

/// Calls `visit` for `at` and the records in it that do not come from a file, the outer ones first.
template <class Visit>
void each_record(const Written& at, const Visit& visit) {
  if (includes_file(at)) return;
  visit(at);
  for (const auto& [key, value] : at.map.map) {
    const FieldInfo* field = config::find_own_field(at.record, key);
    const Node* effective = at.effective.find(key);
    if (field != nullptr && effective != nullptr && value.is_map() && is_record(*field, *effective))
      each_record({value, *field->record, *effective}, visit);
  }
}

/// A text and its tree, for as long as the text is not changed.
class Document {
 public:
  Document(const FileKind& kind, const std::string& text, const std::string& file)
      : record_(*kind.record),
        tree_(config::parse_yaml(file, text)),
        effective_(config::parse_yaml(file, kind.effective(tree_, file))),
        lines_(base::split(text, '\n')) {
    if (!lines_.empty() && lines_.back().empty()) lines_.pop_back();
  }

  Written root() const { return {tree_, record_, effective_}; }
  std::vector<std::string>& lines() { return lines_; }
  const std::string& line(const base::Place& place) const {
    return lines_.at(static_cast<std::size_t>(place.line - 1));
  }
  bool begins_line(const base::Place& place) const {
    return line(place).find_first_not_of(' ') == static_cast<std::size_t>(place.column - 1);
  }
  /// The line behind the last one of a map whose keys stand at `indent`, from one of its lines on.
  std::size_t end_of_block(std::size_t from, std::size_t indent) const {
    std::size_t end = from + 1;
    for (std::size_t i = end; i < lines_.size(); ++i) {
      const std::size_t begin = lines_[i].find_first_not_of(' ');
      if (begin == std::string::npos || lines_[i][begin] == '#') continue;
      if (begin < indent) break;
      end = i + 1;
    }
    return end;
  }
  std::string text() const { return base::join(lines_, "\n") + "\n"; }

 private:
  const RecordBase& record_;
  Node tree_, effective_;
  std::vector<std::string> lines_;
};

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
bool open_one(Document& document) {
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

/// Lines of the keys of a record that `at` does not write. With `begun` a record is begun by them: one of its
/// keys is written out; empty where none has a default.
std::vector<std::string> left_out_lines(const Written& at, const std::string& pad, bool begun) {
  std::vector<std::string> lines;
  bool live = !begun;
  const auto add = [&](const std::string& text) {
    for (std::string& line : base::split(text, '\n'))
      if (!line.empty()) lines.push_back(std::move(line));
  };
  for (const FieldInfo& field : at.record.fields()) {
    if (at.map.find(field.key) != nullptr) continue;
    const Node* value = at.effective.find(field.key);
    if (value == nullptr || value->kind == Node::Kind::null) {
      add(comment(fmt::format("Left out: {}. {}", field.key, meaning(field)), pad));
      continue;
    }
    add(comment(meaning(field), pad));
    const std::string written = field.key + ": " + config::flow_text(*value);
    if (is_record(field, *value)) {
      const Node none = [] {
        Node map;
        map.kind = Node::Kind::map;
        return map;
      }();
      const auto inner = left_out_lines({none, *field.record, *value}, pad + "  ", true);
      if (inner.empty()) {
        add(pad + "#" + written);
        continue;
      }
      add(pad + field.key + ":");
      lines.insert(lines.end(), inner.begin(), inner.end());
      live = true;
    } else if (!live && !field.default_text.empty()) {
      add(pad + written);
      live = true;
    } else {
      add(pad + "#" + written);
    }
  }
  return live ? lines : std::vector<std::string>();
}

}  // namespace

std::string in_blocks(const FileKind& kind, std::string text, const std::string& file) {
  for (;;) {
    Document document(kind, text, file);
    if (!open_one(document)) return text;
    text = document.text();
  }
}

std::string with_left_out_keys(const FileKind& kind, const std::string& text, const std::string& file) {
  Document document(kind, text, file);
  std::multimap<std::size_t, std::vector<std::string>> behind;  // by line, inner records first
  each_record(document.root(), [&](const Written& at) {
    if (at.map.key_places.empty() || !document.begins_line(at.map.key_places.front())) return;
    const base::Place& first = at.map.key_places.front();
    const auto indent = static_cast<std::size_t>(first.column - 1);
    std::vector<std::string> lines = left_out_lines(at, std::string(indent, ' '), false);
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
