// SPDX-License-Identifier: MIT
// Learning and device together: what `kiln train` does. First some steps on numbers, for what gradients come
// to when they are sent; with that the step is simulated and the device replayed for all epochs; its voltage,
// temperature and governor are the conditions under which each seed then learns.
#pragma once

#include <filesystem>
#include <map>
#include <string>

#include "experiment/identity.h"
#include "output/cache.h"
#include "run/monitor.h"
#include "train/outcome.h"

namespace kiln::train {

struct TrainOptions {
  std::string command_line;
  std::vector<std::string> files;
  run::Monitor monitor;
  output::Cache cache;  ///< of simulated steps and of epochs on numbers: a training that was ended goes on
};

struct TrainResult {
  std::map<std::string, std::string> files;             ///< of the run folder
  std::vector<std::pair<std::string, double>> numbers;  ///< summary.json flattened
  Training training;
};

/// Throws ConfigError for what cannot be trained, SimError when it fails, base::Stopped when it is ended.
/// SystemC allows one simulation per process: call it once, or in a forked child.
TrainResult train_experiment(const experiment::ExperimentConfig& experiment, const TrainOptions& options);

}  // namespace kiln::train
