// SPDX-License-Identifier: MIT
#include "cli/progress_line.h"

namespace kiln::cli {

namespace {

constexpr auto kShortestInterval = std::chrono::milliseconds(100);

}  // namespace

ShowProgress show_progress_named(std::string_view name) {
  if (name == "always") return ShowProgress::always;
  return name == "never" ? ShowProgress::never : ShowProgress::automatic;
}

ProgressLine::ProgressLine(const Context& context, ShowProgress show)
    : err_(context.err),
      on_(show == ShowProgress::always || (show == ShowProgress::automatic && context.err_is_terminal)),
      overwrite_(context.err_is_terminal) {}

void ProgressLine::show(const std::string& text) {
  if (!on_ || text == shown_) return;
  const auto now = std::chrono::steady_clock::now();
  if (overwrite_ && now - last_ < kShortestInterval) return;
  last_ = now;
  shown_ = text;
  if (overwrite_) {
    err_ << "\r\x1b[K" << text << std::flush;
  } else {
    err_ << text << std::endl;
  }
}

void ProgressLine::clear() {
  if (on_ && overwrite_ && !shown_.empty()) err_ << "\r\x1b[K" << std::flush;
  shown_.clear();
}

}  // namespace kiln::cli
