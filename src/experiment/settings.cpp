// SPDX-License-Identifier: MIT
#include "experiment/settings.h"

#include <map>

#include "base/text.h"
#include "config/node.h"

namespace kiln::experiment {

namespace {

using Values = std::map<std::string, std::string>;

void flatten(const config::Node& node, const std::string& path, Values& values) {
  const auto below = [&](const std::string& key) { return path.empty() ? key : path + "." + key; };
  if (node.is_map()) {
    for (const auto& [key, value] : node.map) flatten(value, below(key), values);
  } else if (node.is_list()) {
    for (std::size_t i = 0; i < node.list.size(); ++i) {
      const config::Node* name = node.list[i].find("name");
      flatten(node.list[i], below(name != nullptr && name->is_scalar() ? name->scalar : std::to_string(i)),
              values);
    }
  } else {
    values[path] = node.is_scalar() ? node.scalar : "none";
  }
}

Values values_of(const std::string& text) {
  Values values;
  flatten(config::parse_yaml("config.effective.yaml", text), "", values);
  return values;
}

}  // namespace

std::vector<std::vector<std::string>> differences(const std::vector<std::string>& texts, std::size_t most) {
  std::vector<Values> all;
  std::map<std::string, bool> keys;  // differs
  for (const std::string& text : texts) all.push_back(values_of(text));
  for (const Values& values : all)
    for (const auto& entry : values) keys[entry.first] = false;
  std::vector<std::vector<std::string>> rows;
  keys.erase("name");
  for (const auto& entry : keys) {
    std::vector<std::string> row{entry.first};
    bool differs = false;
    for (const Values& values : all) {
      const auto found = values.find(entry.first);
      row.push_back(found == values.end() ? "-" : found->second);
      differs = differs || row.back() != row[1];
    }
    if (differs && rows.size() < most) rows.push_back(std::move(row));
  }
  return rows;
}

std::string value_at(const std::string& text, const std::string& path) {
  const Values values = values_of(text);
  const auto found = values.find(path);
  return found == values.end() ? "" : found->second;
}

}  // namespace kiln::experiment
