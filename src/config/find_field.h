// SPDX-License-Identifier: MIT
// A key's field by its path.
#pragma once

#include <string_view>

#include "config/record.h"

namespace kiln::config {

/// The field that a path below `root` leads to ("soc.package.bodies.lid.top.fluid"); words that name items of
/// lists and maps have no field of their own. Null where the path leads nowhere.
const FieldInfo* find_field(const RecordBase& root, std::string_view path);

}  // namespace kiln::config
