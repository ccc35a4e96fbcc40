// SPDX-License-Identifier: MIT
// What the commands share that turn an experiment, or a file about some, into a folder of results.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cli/cache_option.h"
#include "cli/command.h"
#include "cli/progress_line.h"
#include "cli/results.h"
#include "cli/time_limit.h"
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

/// A configuration with --set and --seed. `seed` may stand in a file of its own, as that of an experiment: it
/// is set in what was read.
template <config::Described Config>
config::Loaded<Config> load_seeded(const ExperimentArguments& arguments, const std::string& seed) {
  config::Loaded<Config> loaded = config::load<Config>(arguments.experiment, arguments.overrides);
  if (arguments.seed.empty()) return loaded;
  config::Node written = config::Value<Config>::write(loaded.value, {});
  set_seed(written, seed, arguments.seed);
  loaded.value = config::read_tree<Config>(written, arguments.experiment).value;
  return loaded;
}

config::Loaded<experiment::ExperimentConfig> load_experiment(const ExperimentArguments& arguments,
                                                             config::Node tree);
/// For what simulates several experiments: its cache, what ends it, and what it says meanwhile.
template <class Options>
Options several_for(const ExperimentArguments& arguments, const Context& context, ProgressLine& line) {
  Options options;
  options.batch = {cache_for(arguments.no_cache), 1, watch_for(context, arguments.time_limit_s)};
  options.progress = [&line](const std::string& what) { line.show(what); };
  return options;
}
run::Monitor monitor_for(const ExperimentArguments& arguments, const Context& context, ProgressLine& line);

/// The folder of the results, if it may be one: found out before a long simulation what would fail after it.
output::Folder folder_for(const ExperimentArguments& arguments,
                          const config::Loaded<experiment::ExperimentConfig>& loaded,
                          const experiment::Identity& identity);

/// NAME.txt or NAME.json, in the format asked for.
void print(const output::Files& files, const ExperimentArguments& arguments, const output::Folder& folder,
           Context& context, const std::string& name = "summary");

}  // namespace kiln::cli
