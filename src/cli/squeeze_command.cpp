// SPDX-License-Identifier: MIT
#include "cli/squeeze_command.h"

#include <CLI/CLI.hpp>
#include <memory>

#include "base/hash.h"
#include "cli/experiment_command.h"
#include "experiment/identity.h"
#include "output/encode.h"
#include "page/page.h"
#include "report/condition.h"
#include "squeeze/result.h"

namespace kiln::cli {

namespace {

struct SqueezeArguments : ExperimentArguments {
  std::vector<std::string> fail_on;
};

output::Folder folder_of(const SqueezeArguments& arguments,
                         const config::Loaded<squeeze::SqueezeConfig>& loaded, const std::string& effective) {
  std::vector<std::string> inputs = loaded.files;
  for (const std::string& file : experiment::data_files(loaded.value.experiment)) inputs.push_back(file);
  return results_folder(arguments.out, "squeeze",
                        {loaded.value.name, base::content_hash(effective), effective, std::move(inputs)});
}

output::Files files_of(const squeeze::Result& result, const std::string& effective) {
  output::Files files = squeeze::squeeze_plot(result);
  files[kEffectiveFile] = effective;
  files["squeeze.txt"] = squeeze::result_text(result);
  files["squeeze.json"] = squeeze::result_json(result);
  files["chains.csv"] = squeeze::chains_csv(result);
  if (!result.formats.empty()) files["formats.csv"] = squeeze::formats_csv(result);
  if (!result.scenarios.empty()) files["scenarios.csv"] = squeeze::scenarios_csv(result);
  return files;
}

void run_squeeze(const SqueezeArguments& arguments, Context& context) {
  const std::vector<report::Condition> conditions = fail_on_conditions(arguments.fail_on);
  const auto loaded = load_seeded<squeeze::SqueezeConfig>(arguments, "experiment.run.seed");
  const std::string effective = config::dump(loaded.value);
  const output::Folder folder = folder_of(arguments, loaded, effective);
  ProgressLine line(context, arguments.quiet ? ShowProgress::never : show_progress_named(arguments.progress));
  squeeze::Result result;
  const Making making{
      [&] {
        result = squeeze::run_squeeze(loaded.value,
                                      several_for<squeeze::SqueezeOptions>(arguments, context, line));
        return files_of(result, effective);
      },
      [&](output::Plotter& plotter, output::Files& files) {
        draw(plotter, {squeeze::kPlot, squeeze::kLabels, "chains.csv", squeeze::kImage}, files, context);
        files[page::kFile] = page::page_of({{loaded.value.name, files}});
      }};
  print(write_results(folder, effective, making, line, context), arguments, folder, context, "squeeze");
  say_holding(conditions, squeeze::numbers_of(result), context);
  if (result.validity().invalid()) context.exit_code = kConditionHolds;
}

}  // namespace

void add_squeeze_command(CLI::App& app, Context& context) {
  auto arguments = std::make_shared<SqueezeArguments>();
  CLI::App* command = app.add_subcommand(
      "squeeze", "A network made smaller step by step, in several orders: size, cost on the chip, accuracy");
  add_experiment_options(*command, *arguments, "Squeeze file or name, see 'kiln list squeeze'", "squeeze");
  add_fail_on_option(*command, arguments->fail_on,
                     "condition on the result holds, e.g. 'chains.small.accuracy<0.8'");
  command->callback([arguments, &context] { run_squeeze(*arguments, context); });
}

}  // namespace kiln::cli
