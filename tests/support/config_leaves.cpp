// SPDX-License-Identifier: MIT
#include "support/config_leaves.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"

namespace kiln::testing {

namespace {

void add_leaves(const config::RecordBase& record, const config::Node& tree, const std::string& prefix,
                std::vector<Leaf>& leaves);

void add_below(const config::RecordBase& record, const config::Node& node, const std::string& path,
               const std::string& type, std::vector<Leaf>& leaves) {
  if (node.is_list()) {
    for (std::size_t i = 0; i < node.list.size(); ++i)
      add_leaves(record, node.list[i], fmt::format("{}.{}", path, i), leaves);
  } else if (type.starts_with("map of")) {
    for (const auto& [key, item] : node.map) add_leaves(record, item, path + "." + key, leaves);
  } else if (node.is_map()) {
    add_leaves(record, node, path, leaves);
  }
}

void add_leaves(const config::RecordBase& record, const config::Node& tree, const std::string& prefix,
                std::vector<Leaf>& leaves) {
  for (const config::FieldInfo& field : record.fields()) {
    const config::Node* node = tree.find(field.key);
    if (node == nullptr) continue;
    const std::string path = prefix.empty() ? field.key : prefix + "." + field.key;
    if (field.record != nullptr) {
      add_below(*field.record, *node, path, field.type, leaves);
      continue;
    }
    auto leaf = std::find_if(leaves.begin(), leaves.end(), [&](const Leaf& l) { return l.field == &field; });
    if (leaf == leaves.end()) leaf = leaves.insert(leaves.end(), {&field, {}});
    leaf->places.push_back(path);
  }
}

}  // namespace

std::vector<Leaf> leaves_of(const config::RecordBase& record, const config::Node& tree) {
  std::vector<Leaf> leaves;
  add_leaves(record, tree, "", leaves);
  return leaves;
}

bool is_boolean(const config::FieldInfo& field) {
  return field.type.starts_with("true or false");
}
bool is_text(const config::FieldInfo& field) {
  return field.type.starts_with("text") || field.type.starts_with("file name");
}
bool is_list(const config::FieldInfo& field) {
  return field.type.starts_with("list of");
}
bool is_map(const config::FieldInfo& field) {
  return field.type.starts_with("map of");
}
bool is_optional(const config::FieldInfo& field) {
  return field.type.ends_with(", or nothing");
}
bool is_whole(const config::FieldInfo& field) {
  return field.type.starts_with("whole number") || field.type.starts_with("list of whole");
}

bool is_number(const config::FieldInfo& field) {
  const auto says = [&](const char* word) { return field.type.find(word) != std::string::npos; };
  return !says(" | ") && !says("text") && !says("name") && !is_boolean(field);
}

Written as_written(const config::FieldInfo& field, const std::string& text) {
  if (text.starts_with("ambient")) return {"25 degC", field.spec, false};  // of a room
  if (field.type != "cycles or time") return {text, field.spec, is_whole(field)};
  if (text.find('s') == std::string::npos) return {text, field.spec, true};
  config::Spec time = field.spec;
  time.unit = base::Dimension::time;
  time.min = field.spec.min > 0 ? 1e-12 : 0;
  time.max = 1e-3;
  const std::size_t open = text.find('('), comma = text.find(',');  // of max(7.5 ns, 8 nCK) the time
  if (open == std::string::npos) return {text, time, false};
  return {text.substr(open + 1, comma - open - 1), time, false};
}

std::vector<std::string> choices_of(const config::FieldInfo& field) {
  std::vector<std::string> names;
  if (field.type.find(" | ") == std::string::npos || is_list(field) || is_map(field)) return names;
  for (const std::string& name : base::split(base::split(field.type, ',')[0], '|'))
    names.emplace_back(base::trim(name));
  return names;
}

}  // namespace kiln::testing
