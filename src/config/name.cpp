// SPDX-License-Identifier: MIT
#include "config/name.h"

#include <fmt/core.h>

#include "base/text.h"

namespace kiln::config {

namespace {

// File systems take 255 bytes; a hash and the endings of temporary files are added.
constexpr std::size_t kMostFolderBytes = 200;

}  // namespace

std::string text_problem(std::string_view text, Text kind) {
  if (base::has_control_characters(text, kind == Text::prose))
    return kind == Text::prose
               ? "holds a control character; allowed: text in any number of lines"
               : "holds a line break, a control character or a change of writing direction; allowed: text on "
                 "one line";
  if (kind != Text::folder) return "";
  if (text.empty() || text.front() == '.' || text.front() == '-' || text.find('/') != std::string_view::npos)
    return "names a folder: not empty, without '/' and not beginning with '.' or '-'";
  if (text.size() > kMostFolderBytes)
    return fmt::format("names a folder and has {} bytes; allowed: at most {}", text.size(), kMostFolderBytes);
  return "";
}

}  // namespace kiln::config
