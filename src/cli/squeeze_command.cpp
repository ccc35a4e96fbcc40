// SPDX-License-Identifier: MIT
#include "cli/squeeze_command.h"

#include <CLI/CLI.hpp>
#include <memory>

#include "base/hash.h"
#include "cli/cache_option.h"
#include "cli/experiment_command.h"
#include "cli/time_limit.h"
#include "experiment/identity.h"
#include "output/encode.h"
#include "report/condition.h"
#include "squeeze/result.h"

namespace kiln::cli {

namespace {

struct SqueezeArguments : ExperimentArguments {
  std::vector<std::string> fail_on;
};

config::Loaded<squeeze::SqueezeConfig> load_squeeze(const SqueezeArguments& arguments) {
  std::vector<std::string> overrides = arguments.overrides;
  if (!arguments.seed.empty()) overrides.push_back("experiment.run.seed=" + arguments.seed);
  return config::load<squeeze::SqueezeConfig>(arguments.experiment, overrides);
}

void run_squeeze(const SqueezeArguments& arguments, Context& context) {
  const std::vector<report::Condition> conditions = fail_on_conditions(arguments.fail_on);
  const auto loaded = load_squeeze(arguments);
  const std::string effective = config::dump(loaded.value);
  std::vector<std::string> inputs = loaded.files;
  for (const std::string& file : experiment::data_files(loaded.value.experiment)) inputs.push_back(file);
  const output::Folder folder =
      results_folder(arguments.out, "squeeze",
                     {loaded.value.name, base::content_hash(effective), effective, std::move(inputs)});
  ProgressLine line(context, arguments.quiet ? ShowProgress::never : show_progress_named(arguments.progress));
  squeeze::SqueezeOptions options;
  options.batch = {cache_for(arguments.no_cache), 1, watch_for(context, arguments.time_limit_s)};
  options.progress = [&line](const std::string& what) { line.show(what); };

  const squeeze::Result result = squeeze::run_squeeze(loaded.value, options);
  output::Files files = squeeze::squeeze_plot(result);
  files[kEffectiveFile] = effective;
  files["squeeze.txt"] = squeeze::result_text(result);
  files["squeeze.json"] = squeeze::result_json(result);
  files["chains.csv"] = squeeze::chains_csv(result);
  if (!result.formats.empty()) files["formats.csv"] = squeeze::formats_csv(result);
  if (!result.scenarios.empty()) files["scenarios.csv"] = squeeze::scenarios_csv(result);
  output::Plotter plotter;
  draw(plotter, {squeeze::kPlot, squeeze::kLabels, "chains.csv", squeeze::kImage}, files, context);
  line.clear();
  folder.replace(files);
  print(files, arguments, folder, context, "squeeze");
  say_holding(conditions, squeeze::numbers_of(result), context);
  if (result.invalid()) context.exit_code = kConditionHolds;
}

}  // namespace

void add_squeeze_command(CLI::App& app, Context& context) {
  auto arguments = std::make_shared<SqueezeArguments>();
  CLI::App* command = app.add_subcommand(
      "squeeze", "A network made smaller step by step, in several orders: size, cost on the chip, accuracy");
  add_experiment_options(*command, *arguments, "Squeeze file or name, see 'kiln list squeeze'", "squeeze");
  command
      ->add_option("--fail-on", arguments->fail_on,
                   "Exit with code 3 if a condition on the result holds, e.g. 'chains.small.accuracy<0.8'")
      ->allow_extra_args(false);
  command->callback([arguments, &context] { run_squeeze(*arguments, context); });
}

}  // namespace kiln::cli
