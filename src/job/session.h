// SPDX-License-Identifier: MIT
// `kiln job`: the job under each of its governors, and the files that come of it.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "job/outcome.h"
#include "output/cache.h"
#include "run/monitor.h"

namespace kiln::job {

/// As config.effective.yaml holds it, and what a job is known by.
struct JobIdentity {
  std::string effective, hash;
};
JobIdentity identify(const JobConfig& job);
/// Files that a job reads besides its configuration.
std::vector<std::string> data_files(const JobConfig& job);

struct JobOptions {
  std::string command_line;
  std::vector<std::string> files;  ///< read to build the job; named in the manifest
  run::Monitor monitor;
  output::Cache cache;
};

struct JobResult {
  std::map<std::string, std::string> files;
  std::vector<Outcome> outcomes;  ///< by governor
  /// Of the first governor as in metrics.h; of several also each, behind "governors.NAME.".
  std::vector<std::pair<std::string, double>> numbers;
  bool invalid() const;
};

/// Throws ConfigError for what only shows when parts meet, SimError when it fails, base::Stopped when it is
/// ended. SystemC allows one simulation per process: call it once, or in a forked child.
JobResult run_job(const JobConfig& job, const JobOptions& options);
/// The same up to its steps, which are lowered and not simulated; says what would run.
std::string validate_job(const JobConfig& job);

}  // namespace kiln::job
