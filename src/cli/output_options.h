// SPDX-License-Identifier: MIT
// --format and --progress, the same for every command that has them.
#pragma once

#include <CLI/CLI.hpp>
#include <string>

namespace kiln::cli {

inline void add_format_option(CLI::App& command, std::string& format,
                              const std::string& doc = "text or json") {
  command.add_option("--format", format, doc)->check(CLI::IsMember({"text", "json"}))->capture_default_str();
}

inline void add_progress_option(CLI::App& command, std::string& progress) {
  command.add_option("--progress", progress, "Progress line on stderr: auto (terminals), always, never")
      ->check(CLI::IsMember({"auto", "always", "never"}))
      ->capture_default_str();
}

}  // namespace kiln::cli
