// SPDX-License-Identifier: MIT
// One experiment: configuration in, everything a run folder holds out.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/watch.h"
#include "config/load.h"
#include "run/experiment.h"

namespace kiln::run {

/// What a run is known by before it runs.
struct Identity {
  std::string effective;  ///< configuration, as config.effective.yaml holds it
  std::string hash;       ///< of that, the seed and the data files
};
Identity identify(const ExperimentConfig& experiment);

struct RunOptions {
  std::string command_line;        ///< for the manifest
  std::vector<std::string> files;  ///< read to build the experiment; hashed into the manifest
  std::function<void(double fraction, std::string_view what)> progress;  ///< may be empty
  base::Watch watch;                 ///< asked all along; stops with base::Stopped
  std::optional<Identity> identity;  ///< of the experiment, if the caller has it: data files may be long
};

/// Files that an experiment reads besides its configuration: topology, gradients.
std::vector<std::string> data_files(const ExperimentConfig& experiment);

/// Names and contents of the files of a run folder (summary.json, stats.json, ...), built in memory.
struct RunResult {
  std::map<std::string, std::string> files;
  std::string config_hash;  ///< of the effective configuration and the files it read
  std::vector<std::pair<std::string, double>>
      numbers;                                ///< summary.json flattened: "phase_time_s.forward" -> value
  double number(std::string_view key) const;  ///< throws SimError with the nearest key
};

/// Throws ConfigError for what only shows when parts meet, SimError when the simulation fails, base::Stopped
/// when its watch ends it: at a time limit with how far the run was.
/// SystemC allows one simulation per process: call it once, or in a forked child.
RunResult run_experiment(const ExperimentConfig& experiment, const RunOptions& options);

/// Checks and lowers without simulating; the text says what would run (`kiln validate`).
std::string validate_experiment(const ExperimentConfig& experiment);

/// Of this program.
std::string_view version();

}  // namespace kiln::run
