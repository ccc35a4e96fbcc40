// SPDX-License-Identifier: MIT
// The text of a configuration file that is commented, beside its tree and what is in force.
#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "cli/catalogue.h"
#include "config/find_field.h"
#include "config/node.h"

namespace kiln::cli {

/// A map of a record as it is written, and as it is in force.
struct Written {
  const config::Node& map;
  const config::RecordBase& record;
  const config::Node& effective;
  std::string path = "";  ///< of the map, with a dot behind it; empty for the whole file
};

/// Whether keys of the map come from another file.
bool includes_file(const Written& at);
/// The map of a record; not a map of such by names.
bool is_record(const config::FieldInfo& field, const config::Node& value);
/// Whether keys are in force that the map does not write.
bool leaves_keys_out(const Written& at);

/// Calls `visit` for `at` and the records in it that do not come from a file, the outer ones first.
template <class Visit>
void each_record(const Written& at, const Visit& visit) {
  if (includes_file(at)) return;
  visit(at);
  for (const auto& [key, value] : at.map.map) {
    const config::FieldInfo* field = config::find_own_field(at.record, key);
    const config::Node* effective = at.effective.find(key);
    if (field != nullptr && effective != nullptr && value.is_map() && is_record(*field, *effective))
      each_record({value, *field->record, *effective, at.path + key + "."}, visit);
  }
}

/// A text and its tree, for as long as the text is not changed.
class StartDocument {
 public:
  /// `file`: where names of files in the text are told from. Throws ConfigError for a text of another kind.
  StartDocument(const FileKind& kind, const std::string& text, const std::string& file);

  Written root() const { return {tree_, *kind_.record, effective_}; }
  std::vector<std::string>& lines() { return lines_; }
  const std::string& line(const base::Place& place) const {
    return lines_.at(static_cast<std::size_t>(place.line - 1));
  }
  bool begins_line(const base::Place& place) const {
    return line(place).find_first_not_of(' ') == static_cast<std::size_t>(place.column - 1);
  }
  /// The line behind the last one of a map whose keys stand at `indent`, from one of its lines on.
  std::size_t end_of_block(std::size_t from, std::size_t indent) const;
  std::string text() const;
  /// The record at `path`, which is absent, as it would be in force with all its keys at their defaults;
  /// empty if it has keys without one.
  std::optional<config::Node> with_record(const std::string& path) const;

 private:
  const FileKind& kind_;
  std::string file_;
  config::Node tree_, effective_;
  std::vector<std::string> lines_;
};

}  // namespace kiln::cli
