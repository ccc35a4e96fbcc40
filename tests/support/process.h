// SPDX-License-Identifier: MIT
// Runs a program as a user would and says what came of it.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace kiln::testing {

struct ProcessResult {
  int exit_code = -1;  ///< negative: the signal that ended it
  std::string out;
  std::string err;
};

struct ProcessOptions {
  std::string folder;                       ///< to run in; empty: here
  std::string out_path;                     ///< write stdout there instead of into the result (/dev/full)
  std::optional<std::size_t> largest_file;  ///< bytes; writing more fails, as on a full disk
  std::optional<std::chrono::milliseconds> signal_after;
  std::string signal_when;  ///< path; `signal_after` counts from when it exists
  int signal = 0;
};

ProcessResult run_process(const std::vector<std::string>& command, const ProcessOptions& options = {});

}  // namespace kiln::testing
