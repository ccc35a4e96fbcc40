// SPDX-License-Identifier: MIT
#include "cli/thermal_command.h"

#include <CLI/CLI.hpp>
#include <memory>

#include "cli/number_checks.h"
#include "cli/output_options.h"
#include "cli/set_option.h"
#include "cli/time_limit.h"
#include "part/thermal.h"

namespace kiln::cli {

void add_thermal_command(CLI::App& app, Context& context) {
  struct ThermalArguments {
    part::ThermalOptions options;
    std::string format = "text";
    std::optional<double> time_limit_s;
  };
  auto arguments = std::make_shared<ThermalArguments>();
  part::ThermalOptions& options = arguments->options;
  CLI::App* command = app.add_subcommand(
      "thermal", "The thermal model alone: floorplan and power trace in, temperatures out");
  command
      ->add_option("--config", options.config_path,
                   "Package, e.g. configs/packages/soc_b.yaml, or a HotSpot .config")
      ->required();
  command->add_option("--floorplan", options.floorplan_path,
                      "HotSpot floorplan (.flp); without it those of the configuration's layer file");
  command->add_option("--power", options.power_path, "HotSpot power trace (.ptrace)")->required();
  command->add_option("--layers", options.files.layers,
                      "HotSpot layer file (.lcf), in place of the .config's grid_layer_file");
  command->add_option("--materials", options.files.materials,
                      "HotSpot materials, in place of the .config's materials_file");
  command->add_option("--init", options.files.start,
                      "Temperatures to start from, a name and kelvin a line (thermal.steady of a run), in "
                      "place of the .config's init_file");
  command->add_flag("--lenient", options.lenient,
                    "Skip and name keys, columns and lines of HotSpot's files that are not known");
  command
      ->add_option("--out", options.out_directory,
                   "Folder for thermal.steady, thermal.ttrace, thermal.json and temperature.svg")
      ->check(not_empty());
  command->add_flag("--steady", options.steady_only, "Only the steady state of the mean power");
  command->add_flag("--full", options.full_model, "Integrate the full model however long the trace is");
  add_time_limit(*command, arguments->time_limit_s, "End after this wall time as failed, e.g. 30s, 5min");
  add_set_option(*command, options.overrides);
  add_format_option(*command, arguments->format);
  command->callback([arguments, &context] {
    arguments->options.watch = watch_for(context, arguments->time_limit_s);
    const part::ThermalResult result = part::run_thermal(arguments->options);
    context.out << (arguments->format == "json" ? part::to_json(result) + "\n" : part::to_text(result));
  });
}

}  // namespace kiln::cli
