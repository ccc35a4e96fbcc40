// SPDX-License-Identifier: MIT
#include "experiment/settings.h"

#include "config/node.h"

namespace kiln::experiment {

namespace {

void flatten(const config::Node& node, const std::string& path, std::map<std::string, std::string>& values) {
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

}  // namespace

Settings::Settings(const std::string& text) {
  flatten(config::parse_yaml("config.effective.yaml", text), "", values_);
}

std::vector<std::vector<std::string>> differences(const std::vector<Settings>& settings, std::size_t most) {
  std::map<std::string, bool> keys;  // differs
  for (const Settings& one : settings)
    for (const auto& entry : one.all()) keys[entry.first] = false;
  std::vector<std::vector<std::string>> rows;
  keys.erase("name");
  for (const auto& entry : keys) {
    std::vector<std::string> row{entry.first};
    bool differs = false;
    for (const Settings& one : settings) {
      const auto found = one.all().find(entry.first);
      row.push_back(found == one.all().end() ? "-" : found->second);
      differs = differs || row.back() != row[1];
    }
    if (differs && rows.size() < most) rows.push_back(std::move(row));
  }
  return rows;
}

}  // namespace kiln::experiment
