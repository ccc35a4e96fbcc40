// SPDX-License-Identifier: MIT
// Programs killed at random instants, to see that nothing is lost.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "support/process.h"

namespace kiln::testing {

struct Kills {
  std::vector<std::string> command;
  std::string folder;  ///< to run in
  int rounds = 0;
  std::uint64_t seed = 1;
  std::function<void(int round)> check;  ///< after every kill; it asserts
};

/// Kills the command `rounds` times by SIGKILL, each time within the span that a whole run takes, and returns
/// how many died of it (the others had ended).
int kill_at_random(const Kills& kills);

/// Names and contents of all regular files below a folder, but for those below hidden folders.
std::map<std::string, std::string> contents_of(const std::string& folder);

}  // namespace kiln::testing
