// SPDX-License-Identifier: MIT
// What texts of a configuration may hold. Names are printed in tables, pictures, file names and terminals, so
// control characters, which these would act on instead of print, are refused.
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
