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
#include "page/page.h"
#include "report/condition.h"

namespace kiln::cli {

namespace {

using output::terminal_text;

struct JobArguments : ExperimentArguments {
  std::vector<std::string> fail_on;
};

output::Folder folder_for(const JobArguments& arguments, const config::Loaded<job::JobConfig>& loaded,
                          const job::JobIdentity& identity) {
  std::vector<std::string> inputs = loaded.files;
  for (const std::string& file : job::data_files(loaded.value)) inputs.push_back(file);
  return results_folder(arguments.out, "job",
                        {loaded.value.name, identity.hash, identity.effective, std::move(inputs)});
}

void run(const JobArguments& arguments, Context& context) {
  const std::vector<report::Condition> conditions = fail_on_conditions(arguments.fail_on);
  const auto loaded = load_seeded<job::JobConfig>(arguments, "experiment.run.seed");
  const job::JobIdentity identity = job::identify(loaded.value);
  const output::Folder folder = folder_for(arguments, loaded, identity);
  ProgressLine line(context, arguments.quiet ? ShowProgress::never : show_progress_named(arguments.progress));
  job::JobResult result;
  const Making making{
      [&] {
        result = job::run_job(loaded.value, {.command_line = context.command_line,
                                             .files = loaded.files,
                                             .monitor = monitor_for(arguments, context, line),
                                             .cache = cache_for(arguments.no_cache)});
        return std::move(result.files);
      },
      [&](output::Plotter& plotter, output::Files& files) {
        draw(plotter, {job::kJobScript, job::kJobLabels, "series.csv", job::kJobImage}, files, context);
        files[page::kFile] = page::page_of({{loaded.value.name, files}});
      }};
  print(write_results(folder, identity.effective, making, line, context), arguments, folder, context);
  for (const job::Outcome& outcome : result.outcomes) say_if_invalid(outcome.validity, context);
  say_holding(conditions, result.numbers, context);
}

}  // namespace

void add_job_command(CLI::App& app, Context& context) {
  auto arguments = std::make_shared<JobArguments>();
  CLI::App* command = app.add_subcommand(
      "job", "A training of hours on a device: data, requests, battery, charger, surroundings");
  add_experiment_options(*command, *arguments, "Job file or name, see 'kiln list job'", "jobs");
  add_fail_on_option(*command, arguments->fail_on, "condition on the summary holds, e.g. 'deadline_met==0'");
  command->callback([arguments, &context] { run(*arguments, context); });
}

}  // namespace kiln::cli
