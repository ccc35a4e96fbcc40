// SPDX-License-Identifier: MIT
#include "config/file_names.h"

#include <algorithm>

#include "base/text.h"
#include "config/find_field.h"

namespace kiln::config {

namespace {

/// What stands at a place of a tree.
struct Meaning {
  const RecordBase* record = nullptr;  ///< of it or of its items; a text there is a file to include
  bool is_data = false;                ///< the name of a file of data
  bool has_items = false;              ///< a list or map of them
};

/// Keys that name a file in place of a record's own.
bool includes(const RecordBase* record, const std::string& key) {
  if (key == "from") return true;
  if (record == nullptr) return false;
  const auto& foreign = record->foreign_files();
  return std::any_of(foreign.begin(), foreign.end(),
                     [&](const ForeignFile& file) { return file.key == key; });
}

/// A word that stands for a whole record is no file.
bool is_word(const RecordBase& record, const std::string& text) {
  const auto& words = record.words();
  return std::find(words.begin(), words.end(), text) != words.end();
}

Meaning below(const Meaning& meaning, const std::string& key) {
  if (meaning.has_items) return {.record = meaning.record};
  const FieldInfo* field = meaning.record == nullptr ? nullptr : find_own_field(*meaning.record, key);
  if (field == nullptr) return includes(meaning.record, key) ? meaning : Meaning{};
  return {.record = field->record,
          .is_data = field->type.starts_with("file name"),
          .has_items = field->type.starts_with("list of") || field->type.starts_with("map of")};
}

void visit(Node& node, const Meaning& meaning, const SeeFileName& see) {
  const bool names_part = meaning.record != nullptr && !is_word(*meaning.record, node.scalar);
  if (node.is_scalar() && !node.scalar.empty() && (meaning.is_data || names_part)) see(node, meaning.is_data);
  for (Node& item : node.list) visit(item, below(meaning, ""), see);
  for (auto& [key, value] : node.map) visit(value, below(meaning, key), see);
}

}  // namespace

void each_file_name(Node& value, const RecordBase& root, std::string_view path, const SeeFileName& see) {
  Meaning meaning{.record = &root};
  if (!path.empty())
    for (const std::string& part : base::split(path, '.')) meaning = below(meaning, part);
  visit(value, meaning, see);
}

}  // namespace kiln::config
