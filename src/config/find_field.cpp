// SPDX-License-Identifier: MIT
#include "config/find_field.h"

#include <algorithm>

#include "base/text.h"

namespace kiln::config {

const FieldInfo* find_own_field(const RecordBase& record, std::string_view key) {
  const auto& fields = record.fields();
  const auto found =
      std::find_if(fields.begin(), fields.end(), [&](const FieldInfo& field) { return field.key == key; });
  return found == fields.end() ? nullptr : &*found;
}

const FieldInfo* find_field(const RecordBase& root, std::string_view path) {
  const RecordBase* record = &root;
  const FieldInfo* field = nullptr;
  for (const std::string& word : base::split(path, '.')) {
    if (record == nullptr) return nullptr;
    const FieldInfo* own = find_own_field(*record, word);
    if (own == nullptr) {
      const bool names_an_item = field != nullptr && field->type != "record";
      if (!names_an_item) return nullptr;
      continue;
    }
    field = own;
    record = field->record;
  }
  return field;
}

}  // namespace kiln::config
