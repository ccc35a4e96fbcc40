// SPDX-License-Identifier: MIT
#include "cli/experiment_command.h"

#include <CLI/CLI.hpp>

#include "base/error.h"
#include "cli/named_file.h"
#include "cli/number_checks.h"
#include "cli/output_options.h"
#include "cli/set_option.h"
#include "output/encode.h"

namespace kiln::cli {

using output::terminal_text;

void add_experiment_options(CLI::App& command, ExperimentArguments& arguments, const std::string& what,
                            const std::string& folder) {
  command.add_option("experiment", arguments.experiment, what)
      ->required()
      ->check(not_empty())
      ->transform(file_named_in(folder));
  add_set_option(command, arguments.overrides);
  command.add_option("--out", arguments.out, "Folder of the results (default out/<name>-<hash>)")
      ->check(not_empty());
  command.add_option("--seed", arguments.seed, "Seed of all random numbers instead of the experiment's")
      ->check(whole_number());
  add_format_option(command, arguments.format, "What to print: text or json (the summary)");
  command.add_flag("--quiet", arguments.quiet, "Print nothing but errors");
  add_progress_option(command, arguments.progress);
  add_cache_option(command, arguments.no_cache);
  add_time_limit(command, arguments.time_limit_s,
                 "End the run as failed after this wall time, e.g. 30s, 5min");
}

void set_seed(config::Node& tree, const std::string& key, const std::string& value) {
  const base::Place place{"--seed " + value, 0, 0};
  config::Node& seed = config::node_at(tree, key, place);
  seed = config::scalar_node(value);
  seed.place = place;
}

config::Loaded<experiment::ExperimentConfig> load_experiment(const ExperimentArguments& arguments,
                                                             config::Node tree) {
  if (tree.find("axes") != nullptr)
    throw base::ConfigError(tree.place, "",
                            fmt::format("is a sweep; use 'kiln sweep run {}'", arguments.experiment));
  for (const std::string& assignment : arguments.overrides) config::apply_override(tree, assignment);
  if (!arguments.seed.empty()) set_seed(tree, "run.seed", arguments.seed);
  return config::read_tree<experiment::ExperimentConfig>(tree, arguments.experiment);
}

run::Monitor monitor_for(const ExperimentArguments& arguments, const Context& context, ProgressLine& line) {
  run::Monitor monitor;
  monitor.watch = watch_for(context, arguments.time_limit_s);
  monitor.progress = [&line](double fraction, std::string_view what) {
    line.show(fmt::format("[{:3.0f} %] {}", 100 * fraction, what));
  };
  return monitor;
}

output::Folder folder_for(const ExperimentArguments& arguments,
                          const config::Loaded<experiment::ExperimentConfig>& loaded,
                          const experiment::Identity& identity) {
  std::vector<std::string> inputs = loaded.files;
  for (const std::string& file : experiment::data_files(loaded.value)) inputs.push_back(file);
  return results_folder(arguments.out, "run",
                        {loaded.value.name, identity.hash, identity.effective, std::move(inputs)});
}

void print(const output::Files& files, const ExperimentArguments& arguments, const output::Folder& folder,
           Context& context, const std::string& name) {
  if (arguments.quiet) return;
  if (arguments.format == "json") {
    context.out << files.at(name + ".json");
  } else {
    context.out << terminal_text(files.at(name + ".txt")) << "\nFiles in "
                << terminal_text(folder.path().string()) << '\n';
  }
}

}  // namespace kiln::cli
