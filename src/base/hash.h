// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>

namespace kiln::base {

/// 128-bit content hash (XXH3) as 32 hex digits; `xxh128sum` prints the same for a file.
std::string content_hash(std::string_view bytes);

}  // namespace kiln::base
