// SPDX-License-Identifier: MIT
// What texts of a configuration may hold. Names end up in tables, pictures, file names and on terminals, so
// they hold no characters that any of these would obey instead of show.
#pragma once

#include <string>
#include <string_view>

namespace kiln::config {

enum class Text {
  name,   ///< one line without control characters
  prose,  ///< may have several lines
  folder  ///< a name that also serves as the name of a folder
};

/// What is wrong with a text of that kind and what is allowed; empty when it is good.
std::string text_problem(std::string_view text, Text kind);

}  // namespace kiln::config
