// SPDX-License-Identifier: MIT
#include "config/record.h"

#include <algorithm>

#include "base/text.h"

namespace kiln::config {

void Checker::fail(std::string_view key, const std::string& message) {
  const Reader::Scope scope(reader_, std::string(key));
  const Node* found = node_.find(key);
  reader_.fail(found != nullptr ? found->place : node_.place, message);
}

void RecordBase::refuse_unknown(const Node& node, Reader& reader) const {
  for (std::size_t i = 0; i < node.map.size(); ++i) {
    const std::string& key = node.map[i].first;
    const bool known =
        std::any_of(fields_.begin(), fields_.end(), [&](const FieldInfo& f) { return f.key == key; });
    if (known) continue;
    std::vector<std::string> keys;
    for (const FieldInfo& field : fields_) keys.push_back(field.key);
    const Reader::Scope scope(reader, key);
    reader.fail(node.key_places[i], fmt::format("unknown key in {}{}", name_, base::suggestion(key, keys)));
  }
}

}  // namespace kiln::config
