// SPDX-License-Identifier: MIT
// --jobs, the same for every command that runs several experiments.
#pragma once

#include <CLI/CLI.hpp>
#include <algorithm>
#include <thread>

namespace kiln::cli {

/// One per core.
inline int usual_jobs() {
  return static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
}

inline void add_jobs_option(CLI::App& command, int& jobs) {
  command.add_option("--jobs", jobs, "Runs at a time (default: one per core)")->check(CLI::Range(1, 256));
}

}  // namespace kiln::cli
