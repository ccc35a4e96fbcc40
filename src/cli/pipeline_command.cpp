// SPDX-License-Identifier: MIT
#include "cli/pipeline_command.h"

#include <CLI/CLI.hpp>
#include <memory>

#include "base/hash.h"
#include "cli/experiment_command.h"
#include "experiment/identity.h"
#include "page/page.h"
#include "pipeline/run.h"
#include "report/condition.h"

namespace kiln::cli {

namespace {

struct PipelineArguments : ExperimentArguments {
  std::vector<std::string> fail_on;
};

output::Folder folder_of(const PipelineArguments& arguments,
                         const config::Loaded<pipeline::PipelineConfig>& loaded,
                         const std::string& effective) {
  std::vector<std::string> inputs = loaded.files;
  for (const pipeline::DeviceConfig& device : loaded.value.devices)
    for (const std::string& file : experiment::data_files(device.experiment)) inputs.push_back(file);
  return results_folder(arguments.out, "pipeline",
                        {loaded.value.name, base::content_hash(effective), effective, std::move(inputs)});
}

output::Files files_of(const pipeline::Result& result, const std::string& effective) {
  output::Files files = pipeline::pipeline_plot(result);
  files[kEffectiveFile] = effective;
  files["pipeline.txt"] = pipeline::result_text(result);
  files["pipeline.json"] = pipeline::result_json(result);
  files["stages.csv"] = pipeline::stages_csv(result);
  files["devices.csv"] = pipeline::devices_csv(result);
  files["links.csv"] = pipeline::links_csv(result);
  return files;
}

void run_pipeline(const PipelineArguments& arguments, Context& context) {
  const std::vector<report::Condition> conditions = fail_on_conditions(arguments.fail_on);
  const auto loaded = load_seeded<pipeline::PipelineConfig>(arguments, "seed");
  const std::string effective = config::dump(loaded.value);
  const output::Folder folder = folder_of(arguments, loaded, effective);
  ProgressLine line(context, arguments.quiet ? ShowProgress::never : show_progress_named(arguments.progress));
  pipeline::Result result;
  const Making making{
      [&] {
        result = pipeline::run_pipeline(loaded.value,
                                        several_for<pipeline::PipelineOptions>(arguments, context, line));
        return files_of(result, effective);
      },
      [&](output::Plotter& plotter, output::Files& files) {
        draw(plotter, {pipeline::kPlot, pipeline::kLabels, "stages.csv", pipeline::kImage}, files, context);
        files[page::kFile] = page::page_of({{loaded.value.name, files}});
      }};
  print(write_results(folder, effective, making, line, context), arguments, folder, context, "pipeline");
  for (const pipeline::PlanResult& plan : result.plans) say_if_invalid(plan.validity, context);
  say_holding(conditions, pipeline::numbers_of(result), context);
}

}  // namespace

void add_pipeline_command(CLI::App& app, Context& context) {
  auto arguments = std::make_shared<PipelineArguments>();
  CLI::App* command = app.add_subcommand(
      "pipeline",
      "From raw or generated samples to a deployed model: rates, queues, joules, what bounds them");
  add_experiment_options(*command, *arguments, "Pipeline file or name, see 'kiln list pipeline'",
                         "pipelines");
  add_fail_on_option(*command, arguments->fail_on,
                     "condition on the result holds, e.g. 'size_gate_passed==0'");
  command->callback([arguments, &context] { run_pipeline(*arguments, context); });
}

}  // namespace kiln::cli
