// SPDX-License-Identifier: MIT
#include "cli/job_command.h"

#include <CLI/CLI.hpp>
#include <memory>

#include "base/error.h"
#include "cli/cache_option.h"
#include "cli/experiment_command.h"
#include "config/load.h"
#include "job/job_report.h"
#include "job/session.h"
#include "output/encode.h"
#include "report/condition.h"

namespace kiln::cli {

namespace {

using output::terminal_text;

struct Arguments : ExperimentArguments {
  std::vector<std::string> fail_on;
};

config::Loaded<job::JobConfig> load_job(const Arguments& arguments) {
  config::Node tree = config::parse_yaml_file(arguments.experiment);
  for (const std::string& assignment : arguments.overrides) config::apply_override(tree, assignment);
  if (arguments.seed.empty()) return config::read_tree<job::JobConfig>(tree, arguments.experiment);
  // The experiment may stand in a file of its own: the seed is set in what was read.
  config::Loaded<job::JobConfig> loaded = config::read_tree<job::JobConfig>(tree, arguments.experiment);
  config::Node written = config::Value<job::JobConfig>::write(loaded.value, {});
  set_seed(written, "experiment.run.seed", arguments.seed);
  loaded.value = config::read_tree<job::JobConfig>(written, arguments.experiment).value;
  return loaded;
}

output::Folder folder_for(const Arguments& arguments, const config::Loaded<job::JobConfig>& loaded,
                          const job::JobIdentity& identity) {
  const std::string usual = fmt::format("out/{}-{:.8}", output::file_name(loaded.value.name), identity.hash);
  output::Folder folder(arguments.out.empty() ? usual : arguments.out, "job");
  folder.check_replace();
  std::vector<std::string> inputs = loaded.files;
  for (const std::string& file : job::data_files(loaded.value)) inputs.push_back(file);
  folder.check_inputs(inputs, {{kEffectiveFile, identity.effective}});
  return folder;
}

std::vector<report::Condition> conditions_of(const Arguments& arguments) {
  std::vector<report::Condition> conditions;
  for (const std::string& text : arguments.fail_on)
    conditions.push_back(report::parse_condition("--fail-on", text));
  return conditions;
}

void say_what_is_wrong(const job::JobResult& result, Context& context) {
  for (const job::Outcome& outcome : result.outcomes) {
    if (!outcome.validity.invalid()) continue;
    const report::ValidityFinding& worst = outcome.validity.findings.front();
    context.err << fmt::format("kiln: the result is invalid: {}: {}\n", terminal_text(worst.where),
                               terminal_text(worst.text));
    context.exit_code = kConditionHolds;
  }
}

void run(const Arguments& arguments, Context& context) {
  const std::vector<report::Condition> conditions = conditions_of(arguments);
  const auto loaded = load_job(arguments);
  const job::JobIdentity identity = job::identify(loaded.value);
  const output::Folder folder = folder_for(arguments, loaded, identity);
  ProgressLine line(context, arguments.quiet ? ShowProgress::never : show_progress_named(arguments.progress));
  job::JobResult result;
  bool simulated = false;
  try {
    output::Plotter plotter;
    result = job::run_job(loaded.value, {.command_line = context.command_line,
                                         .files = loaded.files,
                                         .monitor = monitor_for(arguments, context, line),
                                         .cache = cache_for(arguments.no_cache)});
    simulated = true;
    line.clear();
    draw(plotter, {job::kJobScript, job::kJobLabels, "series.csv", job::kJobImage}, result.files, context);
    folder.replace(result.files);
  } catch (const base::ConfigError& error) {
    line.clear();
    if (simulated) keep_failed_run(folder, result.files, error.what(), context);
    throw;
  } catch (const std::exception& error) {
    line.clear();
    result.files[kEffectiveFile] = identity.effective;
    keep_failed_run(folder, result.files, error.what(), context);
    throw;
  }
  print(result.files, arguments, folder, context);
  say_what_is_wrong(result, context);
  for (const std::string& condition : report::holding(conditions, result.numbers)) {
    context.err << "kiln: --fail-on " << condition << '\n';
    context.exit_code = kConditionHolds;
  }
}

}  // namespace

void add_job_command(CLI::App& app, Context& context) {
  auto arguments = std::make_shared<Arguments>();
  CLI::App* command = app.add_subcommand(
      "job", "A training of hours on a device: data, requests, battery, charger, surroundings");
  add_experiment_options(*command, *arguments, "Job file or name, see 'kiln list job'", "jobs");
  command
      ->add_option("--fail-on", arguments->fail_on,
                   "Exit with code 3 if a condition on the summary holds, e.g. 'deadline_met==0'")
      ->allow_extra_args(false);
  command->callback([arguments, &context] { run(*arguments, context); });
}

}  // namespace kiln::cli
