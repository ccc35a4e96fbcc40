// SPDX-License-Identifier: MIT
// A rule of many files: the items of a list are told apart by their names.
#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "config/record.h"

namespace kiln::config {

/// The names of `items` in their order; notes a problem at `key` for each that is there twice.
template <class Items, class NameOf>
std::vector<std::string> unique_names(const Items& items, const NameOf& name_of, const char* key,
                                      Checker& check) {
  std::vector<std::string> names;
  for (const auto& item : items) {
    const std::string name = name_of(item);
    if (std::find(names.begin(), names.end(), name) != names.end())
      check.fail(key, fmt::format("two are called '{}'", name));
    names.push_back(name);
  }
  return names;
}

}  // namespace kiln::config
