// SPDX-License-Identifier: MIT
#include "support/kills.h"

#include <signal.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <random>
#include <sstream>

namespace kiln::testing {

namespace fs = std::filesystem;

int kill_at_random(const Kills& kills) {
  using Clock = std::chrono::steady_clock;
  ProcessOptions options;
  options.folder = kills.folder;
  const auto begin = Clock::now();
  run_process(kills.command, options);
  const std::chrono::duration<double, std::milli> whole = Clock::now() - begin;
  std::mt19937_64 random(kills.seed);
  // Half of them late, where files are written.
  std::uniform_real_distribution<double> any(0, 1), late(0.5, 1.2);
  int killed = 0;
  for (int round = 0; round < kills.rounds; ++round) {
    const double share = round % 2 == 0 ? any(random) : late(random);
    options.signal_after = std::chrono::milliseconds(static_cast<int>(share * whole.count()));
    options.signal = SIGKILL;
    killed += run_process(kills.command, options).exit_code == -SIGKILL ? 1 : 0;
    kills.check(round);
  }
  return killed;
}

std::map<std::string, std::string> contents_of(const std::string& folder) {
  std::map<std::string, std::string> files;
  for (auto entry = fs::recursive_directory_iterator(folder); entry != fs::recursive_directory_iterator();
       ++entry) {
    if (entry->is_directory() && entry->path().filename().string().starts_with("."))
      entry.disable_recursion_pending();
    if (!entry->is_regular_file()) continue;
    std::ostringstream text;
    text << std::ifstream(entry->path(), std::ios::binary).rdbuf();
    files[fs::relative(entry->path(), folder).string()] = text.str();
  }
  return files;
}

}  // namespace kiln::testing
