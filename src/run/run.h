// SPDX-License-Identifier: MIT
// One experiment: configuration in, everything a run folder holds out.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/load.h"
#include "run/experiment.h"

namespace kiln::run {

struct RunOptions {
  std::optional<std::uint64_t> seed;  ///< instead of the experiment's own
  std::string command_line;           ///< for the manifest
  std::vector<std::string> files;     ///< read to build the experiment; hashed into the manifest
  std::function<void(double fraction, std::string_view what)> progress;  ///< may be empty
  std::function<bool()> interrupted;  ///< asked between slices of work; true stops with Interrupted
};

/// Ctrl-C or SIGTERM during a run. Exit code 130.
class Interrupted : public std::runtime_error {
 public:
  Interrupted() : std::runtime_error("interrupted") {}
};

/// Names and contents of the files of a run folder (summary.json, stats.json, ...), built in memory.
struct RunResult {
  std::map<std::string, std::string> files;
  std::string config_hash;  ///< of the effective configuration and the files it read
  std::vector<std::pair<std::string, double>>
      numbers;                                ///< summary.json flattened: "phase_time_s.forward" -> value
  double number(std::string_view key) const;  ///< throws SimError with the nearest key
};

/// Throws ConfigError for what only shows when parts meet, SimError when the simulation fails.
/// SystemC allows one simulation per process: call it once, or in a forked child.
RunResult run_experiment(const ExperimentConfig& experiment, const RunOptions& options);

/// Checks and lowers without simulating; the text says what would run (`kiln validate`).
std::string validate_experiment(const ExperimentConfig& experiment);

/// Of this program.
std::string_view version();

/// Throws ConfigError if the path exists and is neither empty nor an earlier run.
void check_replaceable(const std::string& folder);

/// Writes the folder beside its place and renames it: a reader never sees half a run. An existing run folder
/// of ours is replaced, any other existing path is refused (see check_replaceable).
void write_run_folder(const RunResult& result, const std::string& folder);

}  // namespace kiln::run
