// SPDX-License-Identifier: MIT
// A key's field by its name or path.
#pragma once

#include <string_view>

#include "config/record.h"

namespace kiln::config {

/// The record's own field of that key; null if there is none.
const FieldInfo* find_own_field(const RecordBase& record, std::string_view key);

/// The field that a path below `root` leads to ("soc.package.bodies.lid.top.fluid"); words that name items of
/// lists and maps have no field of their own. Null where the path leads nowhere.
const FieldInfo* find_field(const RecordBase& root, std::string_view path);

}  // namespace kiln::config
