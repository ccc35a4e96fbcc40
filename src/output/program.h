// SPDX-License-Identifier: MIT
// Programs beside Kiln, run to their end. No shell reads their words.
#pragma once

#include <chrono>
#include <string>
#include <vector>

namespace kiln::output {

struct ProgramResult {
  int exit_code = 0;  ///< kNotFound: no such program; kKilled: ended by a signal, or by us after its time
  std::string out;
  std::string err;

  bool good() const { return exit_code == 0; }
};

inline constexpr int kNotFound = 127;  // what a shell says, too
inline constexpr int kKilled = -1;

/// Runs the program `words[0]`, found by PATH, with the rest as its arguments and nothing to read. It is
/// ended when it takes longer than `patience`. Throws SimError where no process can be made.
ProgramResult run_program(const std::vector<std::string>& words, std::chrono::milliseconds patience);

}  // namespace kiln::output
