// SPDX-License-Identifier: MIT
// The keys of a kind of file, to hold a list of turned knobs against.
#pragma once

#include <set>
#include <string>

#include "config/record.h"

namespace kiln::testing {

/// Adds the paths of a record's keys, down to lists and to the records named in `whole`; items of maps
/// without their name. The name of the file and keys of experiments are tested elsewhere.
inline void add_keys(const config::RecordBase& record, const std::set<std::string>& whole,
                     std::set<std::string>& keys, const std::string& prefix = "") {
  for (const config::FieldInfo& field : record.fields()) {
    const std::string path = prefix.empty() ? field.key : prefix + "." + field.key;
    if (path == "name" || field.key == "experiment") continue;
    if (field.record == nullptr || whole.count(field.record->name()) > 0)
      keys.insert(path);
    else
      add_keys(*field.record, whole, keys, path);
  }
}

}  // namespace kiln::testing
