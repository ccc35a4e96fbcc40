// SPDX-License-Identifier: MIT
#include "cli/fleet_command.h"

#include <CLI/CLI.hpp>
#include <memory>
#include <nlohmann/json.hpp>

#include "base/hash.h"
#include "cli/cache_option.h"
#include "cli/experiment_command.h"
#include "cli/time_limit.h"
#include "experiment/identity.h"
#include "fleet/answer.h"
#include "fleet/picture.h"
#include "output/encode.h"
#include "output/json.h"

namespace kiln::cli {

namespace {

config::Loaded<fleet::FleetConfig> load(const ExperimentArguments& arguments) {
  std::vector<std::string> overrides = arguments.overrides;
  if (!arguments.seed.empty()) overrides.push_back("seed=" + arguments.seed);
  return config::load<fleet::FleetConfig>(arguments.experiment, overrides);
}

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

void run(const ExperimentArguments& arguments, Context& context) {
  const auto loaded = load(arguments);
  const fleet::FleetConfig& config = loaded.value;
  output::Files files;
  files[kEffectiveFile] = config::dump(config);
  const output::Folder folder = folder_of(arguments, loaded, files[kEffectiveFile]);
  ProgressLine line(context, arguments.quiet ? ShowProgress::never : show_progress_named(arguments.progress));
  fleet::FleetOptions options;
  options.batch = {cache_for(arguments.no_cache), 1, watch_for(context, arguments.time_limit_s)};
  options.progress = [&line](const std::string& what) { line.show(what); };

  const fleet::Result result = fleet::run_fleet(config, options);
  files.merge(fleet::fleet_plot(result));
  files["fleet.txt"] = fleet::result_text(result);
  files["fleet.json"] = fleet::result_json(result);
  files["rounds.csv"] = fleet::rounds_csv(result);
  files["devices.csv"] = fleet::devices_csv(result);
  output::Plotter plotter;
  draw(plotter, {fleet::kFleetPlot, fleet::kFleetLabels, "rounds.csv", fleet::kFleetImage}, files, context);
  if (!config.compare.codecs.empty()) {
    add_comparison(fleet::compare(config, options), files);
    output::Plotter second;
    draw(second, {fleet::kComparePlot, fleet::kCompareLabels, "compare.csv", fleet::kCompareImage}, files,
         context);
  }
  line.clear();
  folder.replace(files);
  print(files, arguments, folder, context, "fleet");
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
