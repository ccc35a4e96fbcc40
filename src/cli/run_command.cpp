// SPDX-License-Identifier: MIT
#include "cli/run_command.h"

#include <unistd.h>

#include <CLI/CLI.hpp>
#include <filesystem>
#include <memory>
#include <optional>

#include "base/error.h"
#include "base/file.h"
#include "base/gnuplot.h"
#include "base/hash.h"
#include "cli/fail_condition.h"
#include "cli/interrupt.h"
#include "cli/number_checks.h"
#include "cli/progress_line.h"
#include "cli/set_option.h"
#include "config/load.h"
#include "run/glossary.h"
#include "run/run.h"

namespace kiln::cli {

namespace {

namespace fs = std::filesystem;

struct Arguments {
  std::string experiment;
  std::vector<std::string> overrides;
  std::string out;
  std::optional<std::uint64_t> seed;
  std::string format = "text";
  bool quiet = false;
  std::string progress = "auto";
  std::vector<std::string> fail_on;
};

constexpr std::string_view kErrorFile = "error.txt";  // marks a folder of a failed run as ours

config::Loaded<run::ExperimentConfig> load_experiment(const Arguments& arguments) {
  const config::Node tree = config::parse_yaml_file(arguments.experiment);
  if (tree.find("axes") != nullptr)
    throw base::ConfigError(tree.place, "",
                            fmt::format("is a sweep; use 'kiln sweep run {}'", arguments.experiment));
  return config::load<run::ExperimentConfig>(arguments.experiment, arguments.overrides);
}

/// Finds out before a long simulation what would fail after it.
void check_writable(const std::string& folder) {
  fs::path parent = fs::absolute(folder).parent_path();
  while (!parent.empty() && !fs::exists(parent)) parent = parent.parent_path();
  if (!fs::is_directory(parent))
    throw base::ConfigError({folder, 0, 0}, "--out", fmt::format("{} is not a folder", parent.string()));
  if (::access(parent.c_str(), W_OK) != 0)
    throw base::ConfigError({folder, 0, 0}, "--out", fmt::format("{} cannot be written", parent.string()));
}

/// What a failed run can still say. Losing it must not hide the error itself.
void keep_failed_run(const std::string& folder, const std::string& effective, const std::string& error,
                     Context& context) {
  const fs::path failed = folder + ".failed";
  try {
    if (fs::exists(failed) && !fs::exists(failed / kErrorFile)) return;  // somebody else's
    fs::remove_all(failed);
    base::make_directories(failed.string());
    base::write_file_atomically((failed / "config.effective.yaml").string(), effective);
    base::write_file_atomically((failed / kErrorFile).string(),
                                fmt::format("{}\n\nCommand: {}\n", error, context.command_line));
    context.err << fmt::format("kiln: note: what the failed run had is in {}\n", failed.string());
  } catch (const std::exception& second) {
    context.err << fmt::format("kiln: note: nothing of the failed run could be kept: {}\n", second.what());
  }
}

run::RunOptions options_for(const Arguments& arguments, std::vector<std::string> files,
                            const Context& context, ProgressLine& line) {
  run::RunOptions options;
  options.seed = arguments.seed;
  options.command_line = context.command_line;
  options.files = std::move(files);
  end_in_good_order();
  options.interrupted = context.interrupted;
  options.progress = [&line](double fraction, std::string_view what) {
    line.show(fmt::format("[{:3.0f} %] {}", 100 * fraction, what));
  };
  return options;
}

void report(const run::RunResult& result, const Arguments& arguments, const std::string& folder,
            Context& context) {
  if (arguments.quiet) return;
  if (arguments.format == "json") {
    context.out << result.files.at("summary.json");
  } else {
    context.out << result.files.at("summary.txt") << "\nFiles in " << folder << '\n';
  }
}

void run(const Arguments& arguments, Context& context) {
  std::vector<FailCondition> conditions;
  for (const std::string& text : arguments.fail_on) {
    conditions.push_back(parse_fail_condition(text));
    if (const std::string why = run::unknown_result(conditions.back().key); !why.empty())
      throw base::ConfigError({"--fail-on " + text, 0, 0}, "", why);
  }
  const auto loaded = load_experiment(arguments);
  check_writable(arguments.out.empty() ? "out/run" : arguments.out);
  if (!arguments.out.empty()) run::check_replaceable(arguments.out);

  const auto folder_for = [&](const std::string& hash) {
    return arguments.out.empty() ? fmt::format("out/{}-{:.8}", loaded.value.name, hash) : arguments.out;
  };
  const auto show = arguments.quiet ? ShowProgress::never : show_progress_named(arguments.progress);
  ProgressLine line(context, show);
  std::optional<run::RunResult> result;
  base::Plotter plotter;
  try {
    result = run::run_experiment(loaded.value, options_for(arguments, loaded.files, context, line));
    const std::string folder = folder_for(result->config_hash);
    line.clear();
    run::write_run_folder(*result, folder);
    plotter.draw(fs::path(folder) / "series.gp");  // without gnuplot the script is there to be run later
  } catch (const base::ConfigError&) {
    throw;  // bad input leaves no folder behind
  } catch (const std::exception& error) {
    line.clear();
    const std::string effective = config::dump(loaded.value);
    const std::string hash = result ? result->config_hash : base::content_hash(effective);
    keep_failed_run(folder_for(hash), effective, error.what(), context);
    throw;
  }
  report(*result, arguments, folder_for(result->config_hash), context);
  for (const std::string& condition : holding(conditions, result->numbers)) {
    context.err << "kiln: --fail-on " << condition << '\n';
    context.exit_code = kConditionHolds;
  }
}

}  // namespace

void add_run_command(CLI::App& app, Context& context) {
  auto arguments = std::make_shared<Arguments>();
  CLI::App* command =
      app.add_subcommand("run", "Simulate one experiment and write its results into a folder");
  command->add_option("experiment", arguments->experiment, "Experiment file, see 'kiln list experiment'")
      ->required();
  add_set_option(*command, arguments->overrides);
  command->add_option("--out", arguments->out, "Folder of the results (default out/<name>-<hash>)");
  command->add_option("--seed", arguments->seed, "Seed of all random numbers instead of the experiment's")
      ->check(not_negative());
  command->add_option("--format", arguments->format, "What to print: text or json (the summary)")
      ->check(CLI::IsMember({"text", "json"}))
      ->capture_default_str();
  command->add_flag("--quiet", arguments->quiet, "Print nothing but errors");
  command
      ->add_option("--progress", arguments->progress,
                   "Progress line on stderr: auto (terminals), always, never")
      ->check(CLI::IsMember({"auto", "always", "never"}))
      ->capture_default_str();
  command
      ->add_option("--fail-on", arguments->fail_on,
                   "Exit with code 3 if a condition on the summary holds, e.g. 'throttled_time_s>0'")
      ->allow_extra_args(false);
  command->callback([arguments, &context] { run(*arguments, context); });
}

}  // namespace kiln::cli
