// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <ostream>
#include <string>
#include <string_view>

#include "cli/command.h"

namespace kiln::cli {

enum class ShowProgress { automatic, always, never };
/// "auto", "always" or "never".
ShowProgress show_progress_named(std::string_view name);

/// One line on stderr that overwrites itself on a terminal.
/// Elsewhere (`always`) each change is a line of its own.
class ProgressLine {
 public:
  ProgressLine(const Context& context, ShowProgress show);
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;
  ~ProgressLine() { clear(); }

  void show(const std::string& text);
  /// Leaves the terminal's line empty, so that what follows starts at its left.
  void clear();

 private:
  std::ostream& err_;
  bool on_;
  bool overwrite_;
  std::string shown_;
  std::chrono::steady_clock::time_point last_{};
};

}  // namespace kiln::cli
