// SPDX-License-Identifier: MIT
#include "cli/fleet_command.h"

#include <CLI/CLI.hpp>
#include <memory>
#include <nlohmann/json.hpp>

#include "base/hash.h"
#include "cli/experiment_command.h"
#include "experiment/identity.h"
#include "fleet/answer.h"
#include "fleet/picture.h"
#include "output/encode.h"
#include "output/json.h"
#include "page/page.h"

namespace kiln::cli {

namespace {

output::Folder folder_of(const ExperimentArguments& arguments,
                         const config::Loaded<fleet::FleetConfig>& loaded, const std::string& effective) {
  std::vector<std::string> inputs = loaded.files;
  for (const fleet::DevicesConfig& group : loaded.value.devices)
    for (const std::string& file : experiment::data_files(group.experiment)) inputs.push_back(file);
  return results_folder(arguments.out, "fleet",
                        {loaded.value.name, base::content_hash(effective), effective, std::move(inputs)});
}

void add_comparison(const fleet::Comparison& comparison, output::Files& files) {
  files.merge(fleet::comparison_plot(comparison));
  files["compare.csv"] = fleet::comparison_csv(comparison);
  files["fleet.txt"] += "\n" + fleet::comparison_text(comparison);
  output::Json json = output::parse_json(files.at("fleet.json"), {});
  json["compare"] = output::parse_json(fleet::comparison_json(comparison), {});
  files["fleet.json"] = output::json_text(json, 2) + "\n";
}

output::Files files_of(const fleet::Result& result, const std::string& effective) {
  output::Files files = fleet::fleet_plot(result);
  files[kEffectiveFile] = effective;
  files["fleet.txt"] = fleet::result_text(result);
  files["fleet.json"] = fleet::result_json(result);
  files["rounds.csv"] = fleet::rounds_csv(result);
  files["devices.csv"] = fleet::devices_csv(result);
  if (result.one_package) files["dies.csv"] = fleet::dies_csv(result);
  return files;
}

void run(const ExperimentArguments& arguments, Context& context) {
  const auto loaded = load_seeded<fleet::FleetConfig>(arguments, "seed");
  const fleet::FleetConfig& config = loaded.value;
  const std::string effective = config::dump(config);
  const output::Folder folder = folder_of(arguments, loaded, effective);
  ProgressLine line(context, arguments.quiet ? ShowProgress::never : show_progress_named(arguments.progress));
  const bool compares = !config.compare.codecs.empty();
  fleet::Result result;
  const Making making{
      [&] {
        const fleet::FleetOptions options = several_for<fleet::FleetOptions>(arguments, context, line);
        result = fleet::run_fleet(config, options);
        output::Files files = files_of(result, effective);
        if (compares) add_comparison(fleet::compare(config, options), files);
        return files;
      },
      [&](output::Plotter& plotter, output::Files& files) {
        draw(plotter, {fleet::kFleetPlot, fleet::kFleetLabels, "rounds.csv", fleet::kFleetImage}, files,
             context);
        if (compares) {
          output::Plotter second;
          draw(second, {fleet::kComparePlot, fleet::kCompareLabels, "compare.csv", fleet::kCompareImage},
               files, context);
        }
        files[page::kFile] = page::page_of({{config.name, files}});
      }};
  print(write_results(folder, effective, making, line, context), arguments, folder, context, "fleet");
  if (result.validity.invalid()) context.exit_code = kConditionHolds;
}

}  // namespace

void add_fleet_command(CLI::App& app, Context& context) {
  auto arguments = std::make_shared<ExperimentArguments>();
  CLI::App* command = app.add_subcommand(
      "fleet", "Devices that learn together over a link; which compression over which link");
  add_experiment_options(*command, *arguments, "Fleet file or name, see 'kiln list fleet'", "fleet");
  command->callback([arguments, &context] { run(*arguments, context); });
}

}  // namespace kiln::cli
