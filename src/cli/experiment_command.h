// SPDX-License-Identifier: MIT
// What the commands share that turn an experiment into a folder of results: run, train and job.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cli/command.h"
#include "cli/progress_line.h"
#include "cli/results.h"
#include "config/load.h"
#include "experiment/identity.h"
#include "run/monitor.h"

namespace CLI {
class App;
}

namespace kiln::cli {

struct ExperimentArguments {
  std::string experiment;
  std::vector<std::string> overrides;
  std::string out;
  std::string seed;
  std::string format = "text";
  bool quiet = false;
  bool no_cache = false;
  std::string progress = "auto";
  std::optional<double> time_limit_s;
};
/// `folder` of configs/ is where a name without a path is looked for.
void add_experiment_options(CLI::App& command, ExperimentArguments& arguments, const std::string& what,
                            const std::string& folder = "experiments");

/// A key like any other: its bounds hold, and the run's configuration has it.
void set_seed(config::Node& tree, const std::string& key, const std::string& value);

config::Loaded<experiment::ExperimentConfig> load_experiment(const ExperimentArguments& arguments,
                                                             config::Node tree);
run::Monitor monitor_for(const ExperimentArguments& arguments, const Context& context, ProgressLine& line);

/// The folder of the results, if it may be one: found out before a long simulation what would fail after it.
output::Folder folder_for(const ExperimentArguments& arguments,
                          const config::Loaded<experiment::ExperimentConfig>& loaded,
                          const experiment::Identity& identity);

/// NAME.txt or NAME.json, in the format asked for.
void print(const output::Files& files, const ExperimentArguments& arguments, const output::Folder& folder,
           Context& context, const std::string& name = "summary");

}  // namespace kiln::cli
