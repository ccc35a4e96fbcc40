// SPDX-License-Identifier: MIT
#include "config/record.h"

#include <algorithm>

#include "base/text.h"

namespace kiln::config {

namespace {

/// A map's value or a list's item by its number; null if there is none.
const Node* child_of(const Node& node, const std::string& part) {
  if (!node.is_list()) return node.find(part);
  for (std::size_t i = 0; i < node.list.size(); ++i)
    if (std::to_string(i) == part) return &node.list[i];
  return nullptr;
}

}  // namespace

void Checker::fail(std::string_view key, const std::string& message) {
  const Reader::Scope scope(reader_, std::string(key));
  const Node* nearest = &node_;
  for (const std::string& part : base::split(key, '.')) {
    const Node* below = child_of(*nearest, part);
    if (below == nullptr) break;
    nearest = below;
  }
  reader_.fail(nearest->place, message);
}

bool RecordBase::knows_keys(const Node& node, const Node& written, Reader& reader) const {
  constexpr std::size_t kMostTold = 20;
  std::vector<std::string> keys;
  for (const FieldInfo& field : fields_) keys.push_back(field.key);
  std::vector<std::size_t> unknown;
  bool elsewhere = false;
  for (std::size_t i = 0; i < node.map.size(); ++i) {
    if (std::find(keys.begin(), keys.end(), node.map[i].first) != keys.end()) continue;
    unknown.push_back(i);
    elsewhere |= node.key_places[i].file != written.place.file;
  }
  if (elsewhere && 2 * unknown.size() > node.map.size()) {
    reader.fail(written, fmt::format("{}: most of its keys are unknown, so it is no {}; keys of one: {}",
                                     node.key_places[unknown.front()].file, name_, base::join(keys, ", ")));
    return false;
  }
  for (std::size_t i = 0; i < std::min(unknown.size(), kMostTold); ++i) {
    const std::string& key = node.map[unknown[i]].first;
    const Reader::Scope scope(reader, key);
    const auto successor = renamed_.find(key);
    reader.fail(node.key_places[unknown[i]],
                successor == renamed_.end()
                    ? fmt::format("unknown key in {}{}", name_, base::suggestion(key, keys))
                    : fmt::format("is no key of {} any more; use {}", name_, successor->second));
  }
  if (unknown.size() > kMostTold)
    reader.fail(node, fmt::format("{} more unknown keys in {}", unknown.size() - kMostTold, name_));
  return true;
}

}  // namespace kiln::config
