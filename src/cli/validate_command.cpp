// SPDX-License-Identifier: MIT
#include "cli/validate_command.h"

#include <CLI/CLI.hpp>
#include <memory>

#include "base/error.h"
#include "cli/catalogue.h"
#include "cli/set_option.h"
#include "job/session.h"
#include "pipeline/run.h"
#include "run/validate.h"
#include "squeeze/result.h"
#include "sweep/experiment_simulator.h"
#include "sweep/plan.h"

namespace kiln::cli {

namespace {

struct ValidateArguments {
  std::vector<std::string> files;
  std::vector<std::string> overrides;
  bool show = false;
};

/// One line of what the file is, or the text of what an experiment would run.
std::string validate(const std::string& path, const ValidateArguments& arguments) {
  const FileKind& kind = kind_of_file(path);
  std::string effective = effective_text(kind, path, arguments.overrides);
  if (arguments.show) return effective;
  if (kind.name() == "experiment")
    return run::validate_experiment(
        config::load<experiment::ExperimentConfig>(path, arguments.overrides).value);
  if (kind.name() == "job")
    return job::validate_job(config::load<job::JobConfig>(path, arguments.overrides).value);
  if (kind.name() == "pipeline")
    return pipeline::validate_pipeline(
        config::load<pipeline::PipelineConfig>(path, arguments.overrides).value);
  if (kind.name() == "squeeze")
    return squeeze::validate_squeeze(config::load<squeeze::SqueezeConfig>(path, arguments.overrides).value);
  if (kind.name() == "sweep") {
    const sweep::Plan plan = sweep::make_plan(path, {}, sweep::ExperimentIdentity());
    return fmt::format("{}: {} points are good\n", path, plan.points.size());
  }
  return fmt::format("{}: good ({})\n", path, kind.name());
}

void run_validate(const ValidateArguments& arguments, Context& context) {
  std::vector<base::Problem> problems;
  for (const std::string& file : arguments.files) {
    try {
      context.out << validate(file, arguments);
    } catch (const base::ConfigError& error) {
      problems.insert(problems.end(), error.problems().begin(), error.problems().end());
    } catch (const base::SimError& error) {  // each part is good, together they are not
      problems.push_back({{file, 0, 0}, "", error.what()});
    }
  }
  if (!problems.empty()) throw base::ConfigError(std::move(problems));
}

}  // namespace

void add_validate_command(CLI::App& app, Context& context) {
  auto arguments = std::make_shared<ValidateArguments>();
  CLI::App* command = app.add_subcommand("validate", "Check configuration files without simulating");
  command->add_option("files", arguments->files, "Files of any kind; the first line of each names it")
      ->required();
  add_set_option(*command, arguments->overrides);
  command->add_flag("--show", arguments->show, "Print the effective configuration instead");
  command->callback([arguments, &context] { run_validate(*arguments, context); });
}

}  // namespace kiln::cli
