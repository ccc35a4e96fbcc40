// SPDX-License-Identifier: MIT
// The words of results and messages that are not the field's own, explained.
#pragma once

#include <span>
#include <string_view>

namespace kiln::report {

struct Word {
  std::string_view word, meaning;
};

/// In alphabetical order.
std::span<const Word> words();

}  // namespace kiln::report
