// SPDX-License-Identifier: MIT
// Where a tree names files: parts to include, and data.
#pragma once

#include <functional>
#include <string_view>

#include "config/record.h"

namespace kiln::config {

/// Called with a scalar that names a file: of data (relative to the working directory) or of a part (relative
/// to the file it stands in).
using SeeFileName = std::function<void(Node& name, bool is_data)>;

/// Every file name in `value`, which stands at `path` below `root` ("soc.package"; empty: it is a `root`).
void each_file_name(Node& value, const RecordBase& root, std::string_view path, const SeeFileName& see);

}  // namespace kiln::config
