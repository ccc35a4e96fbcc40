// SPDX-License-Identifier: MIT
#include "config/find_field.h"

#include <algorithm>

#include "base/text.h"

namespace kiln::config {

const FieldInfo* find_field(const RecordBase& root, std::string_view path) {
  const RecordBase* record = &root;
  const FieldInfo* field = nullptr;
  for (const std::string& word : base::split(path, '.')) {
    if (record == nullptr) return nullptr;
    const auto& fields = record->fields();
    const auto found =
        std::find_if(fields.begin(), fields.end(), [&](const FieldInfo& info) { return info.key == word; });
    if (found == fields.end()) {
      const bool names_an_item = field != nullptr && field->type != "record";
      if (!names_an_item) return nullptr;
      continue;
    }
    field = &*found;
    record = field->record;
  }
  return field;
}

}  // namespace kiln::config
