// SPDX-License-Identifier: MIT
#pragma once

#include <string_view>

namespace kiln::cli {

/// Neither a shell nor YAML takes any of its characters for something else: letters, digits and ._/-+
inline bool is_plain_word(std::string_view text) {
  return text.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._/-+") ==
         std::string_view::npos;
}

}  // namespace kiln::cli
