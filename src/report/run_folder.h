// SPDX-License-Identifier: MIT
// One experiment: configuration in, everything a run folder holds out.
#pragma once

#include <array>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "experiment/identity.h"
#include "experiment/prepare.h"
#include "output/cache.h"
#include "report/uncertainty.h"
#include "report/validity.h"
#include "run/monitor.h"

namespace kiln::report {

/// What is made of a run besides its numbers.
enum class WantedFiles {
  none,
  summary,    ///< kSummaryFiles
  everything  ///< the whole run folder
};
inline constexpr std::array kSummaryFiles = {"summary.json", "summary.txt", "stats.json",
                                             "config.effective.yaml"};

struct RunOptions {
  std::string command_line;        ///< for the manifest
  std::vector<std::string> files;  ///< read to build the experiment; hashed into the manifest
  run::Monitor monitor;
  std::string base;  ///< effective configuration without the overrides; what differs goes into the manifest
  WantedFiles files_wanted = WantedFiles::everything;
  bool bands_wanted = true;                  ///< false: what the constants leave open is not looked for
  output::Cache cache;                       ///< of simulated steps; the results are the same without
  experiment::Prepared* prepared = nullptr;  ///< this experiment, prepared before; the run uses it up
  std::optional<experiment::Identity>
      identity;  ///< of the experiment, if the caller has it: data files may be long
};

/// Names and contents of the files of a run folder (summary.json, stats.json, ...), built in memory.
struct RunResult {
  std::map<std::string, std::string> files;
  std::string config_hash;  ///< of the effective configuration and the files it read; with files only
  std::vector<std::pair<std::string, double>>
      numbers;  ///< summary.json flattened: "phase_time_s.forward" -> value
  Validity validity;
  Uncertainty uncertainty;
  double number(std::string_view key) const;  ///< throws SimError with the nearest key
  Interval band(const std::string& key, double value) const { return uncertainty.of(key, value); }
};

/// Throws ConfigError for what only shows when parts meet, SimError when the simulation fails, base::Stopped
/// when its watch ends it: at a time limit with how far the run was.
/// SystemC allows one simulation per process: call it once, or in a forked child.
RunResult run_experiment(const experiment::ExperimentConfig& experiment, const RunOptions& options);

}  // namespace kiln::report
