// SPDX-License-Identifier: MIT
// What every subcommand is given. A command reports bad input as base::ConfigError and a failed simulation as
// base::SimError; the application maps them to exit codes.
#pragma once

#include <atomic>
#include <ostream>
#include <string>

namespace kiln::cli {

enum ExitCode {
  kGood = 0,
  kSimulationFailed = 1,
  kBadInput = 2,
  kConditionHolds = 3,
  kSweepIncomplete = 4,
  kInterrupted = 130,
};

struct Context {
  std::ostream& out;
  std::ostream& err;
  bool err_is_terminal = false;
  std::string command_line = {};
  const std::atomic<bool>* stop = nullptr;  ///< true after Ctrl-C or SIGTERM; may be null
  int exit_code = kGood;                    ///< of a command that ended without an error
};

}  // namespace kiln::cli
