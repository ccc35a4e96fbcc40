// SPDX-License-Identifier: MIT
// Tables for people, in characters.
#pragma once

#include <string>
#include <vector>

namespace kiln::output {

/// Lines of cells, indented by two, each column as wide as its widest cell in characters (UTF-8); no blanks
/// at a line's end.
std::string columns(const std::vector<std::vector<std::string>>& rows);

}  // namespace kiln::output
