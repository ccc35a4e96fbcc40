// SPDX-License-Identifier: MIT
#include "cli/commented_start.h"

#include <map>

#include "base/error.h"
#include "base/file.h"
#include "base/text.h"
#include "cli/key_comment.h"
#include "cli/left_out_keys.h"
#include "cli/plain_word.h"
#include "config/emit.h"
#include "config/file_names.h"
#include "config/find_field.h"

namespace kiln::cli {

namespace {

namespace fs = std::filesystem;

std::string quoted(const std::string& text) {
  return std::string(base::trim(config::to_yaml(config::scalar_node(text, true))));
}

/// In quotes only where YAML or a reader could take it for something else.
std::string path_text(const std::string& path) {
  return is_plain_word(path) && path.find('/') != std::string::npos ? path : quoted(path);
}

/// A text that is changed place by place: lines and columns are those of the file.
class Edits {
 public:
  explicit Edits(const std::string& text) : lines_(base::split(text, '\n')) {
    if (!lines_.empty() && lines_.back().empty()) lines_.pop_back();
  }

  void replace(const base::Place& place, const std::string& old, const std::string& now) {
    replaced_[place.line - 1][static_cast<std::size_t>(place.column - 1)] = {old, now};
  }
  void above(int line, const std::string& comment) { above_[line - 1] += comment; }
  bool begins_line(const base::Place& place) const {
    const std::string& line = lines_.at(static_cast<std::size_t>(place.line - 1));
    return line.find_first_not_of(' ') == static_cast<std::size_t>(place.column - 1);
  }

  /// From the first line that is neither empty nor a comment.
  std::string text() const {
    std::size_t first = 0;
    while (first < lines_.size() && (lines_[first].empty() || lines_[first].front() == '#')) ++first;
    std::string out;
    for (std::size_t i = first; i < lines_.size(); ++i) {
      if (const auto found = above_.find(static_cast<int>(i)); found != above_.end()) out += found->second;
      out += edited(static_cast<int>(i)) + "\n";
    }
    return out;
  }

 private:
  struct Replacement {
    std::string old, now;
  };

  std::string edited(int index) const {
    std::string line = lines_[static_cast<std::size_t>(index)];
    const auto found = replaced_.find(index);
    if (found == replaced_.end()) return line;
    for (auto at = found->second.rbegin(); at != found->second.rend(); ++at) {
      const auto& [column, change] = *at;
      const bool has_quotes = line[column] == '"' || line[column] == '\'';
      const std::size_t length = change.old.size() + (has_quotes ? 2 : 0);
      KILN_CHECK(line.compare(column + (has_quotes ? 1 : 0), change.old.size(), change.old) == 0,
                 "a name of a file is written with escapes");
      line.replace(column, length, change.now);
    }
    return line;
  }

  std::vector<std::string> lines_;
  std::map<int, std::map<std::size_t, Replacement>> replaced_;
  std::map<int, std::string> above_;
};

/// Comments above the keys of a map, and of the maps in it.
void explain_keys(const config::Node& map, const config::RecordBase& record, const std::string& file,
                  Edits& edits) {
  for (std::size_t i = 0; i < map.map.size(); ++i) {
    const auto& [key, value] = map.map[i];
    const config::FieldInfo* field = config::find_own_field(record, key);
    const base::Place& place = map.key_places[i];
    if (field == nullptr || place.file != file) continue;
    if (edits.begins_line(place))
      edits.above(place.line,
                  comment(meaning(*field), std::string(static_cast<std::size_t>(place.column - 1), ' ')));
    if (field->record != nullptr && value.is_map()) explain_keys(value, *field->record, file, edits);
  }
}

}  // namespace

std::string commented_start(const Start& start) {
  const std::string file = start.from.string(), target = start.target.string();
  const std::string text = in_blocks(*start.kind, base::read_file(file), file);
  const config::RecordBase& record = *start.kind->record;
  config::Node tree = config::parse_yaml(file, text);
  Edits edits(text);
  const fs::path configs = fs::absolute(find_configs()).lexically_normal();
  const fs::path common = configs.parent_path();
  config::each_file_name(tree, record, "", [&](config::Node& name, bool is_data) {
    const std::string path = is_data ? name.scalar : config::path_beside(name.place, name.scalar);
    edits.replace(name.place, name.scalar, path_text(told_from(start.target, path, common)));
  });
  if (const config::Node* name = tree.find("name"))
    edits.replace(name->place, name->scalar, quoted(start.name));
  explain_keys(tree, record, file, edits);
  std::string out = schema_line_at(start.target, *start.kind);
  for (const std::string& line : start.head) out += comment(line, "");
  return with_left_out_keys(*start.kind, out + "\n" + edits.text(), target);
}

}  // namespace kiln::cli
