// SPDX-License-Identifier: MIT
#include "cli/npu_command.h"

#include <CLI/CLI.hpp>
#include <map>
#include <memory>

#include "cli/number_checks.h"
#include "cli/output_options.h"
#include "cli/set_option.h"
#include "lowering/cost/names.h"
#include "part/npu.h"

namespace kiln::cli {
namespace {

struct NpuArguments {
  part::NpuOptions options;
  std::string law;
  std::string phase = "forward";
  std::string format = "text";
};

std::vector<lowering::TrainingPhase> phases_named(const std::string& name) {
  using lowering::TrainingPhase;
  static const std::map<std::string, std::vector<TrainingPhase>> kPhases = {
      {"forward", {TrainingPhase::forward}},
      {"dgrad", {TrainingPhase::dgrad}},
      {"wgrad", {TrainingPhase::wgrad}},
      {"all", {TrainingPhase::forward, TrainingPhase::dgrad, TrainingPhase::wgrad}}};
  return kPhases.at(name);
}

}  // namespace

void add_npu_command(CLI::App& app, Context& context) {
  auto arguments = std::make_shared<NpuArguments>();
  CLI::App* command =
      app.add_subcommand("npu", "Cycles, utilisation and traffic of one MAC array, layer by layer");
  command
      ->add_option("--config", arguments->options.config_path,
                   "NPU part, e.g. configs/parts/npu/reference_32x32.yaml")
      ->required();
  command
      ->add_option("--topology", arguments->options.topology_path,
                   "Layer list: SCALE-Sim convolution or GEMM CSV")
      ->required();
  command->add_option("--law", arguments->law, "Cycle law instead of the configured one")
      ->check(CLI::IsMember({"strict", "pipelined", "broadcast"}));
  command->add_option("--phase", arguments->phase, "Training phase of every layer")
      ->check(CLI::IsMember({"forward", "dgrad", "wgrad", "all"}))
      ->capture_default_str();
  command
      ->add_option("--bandwidth", arguments->options.words_per_cycle,
                   "Memory bandwidth in words per cycle; without it nothing stalls")
      ->check(number_check("must be a number of words from 1e-6 to 1e9",
                           [](double words) { return words >= 1e-6 && words <= 1e9; }));
  command->add_flag("--lenient", arguments->options.lenient,
                    "Skip and name columns and lines of the layer list that are not known");
  add_set_option(*command, arguments->options.overrides);
  add_format_option(*command, arguments->format, "text (CSV) or json");
  command->callback([arguments, &context] {
    if (!arguments->law.empty())
      for (const auto& law : enum_names(static_cast<const lowering::CostLaw*>(nullptr)))
        if (law.name == arguments->law) arguments->options.law = law.value;
    arguments->options.phases = phases_named(arguments->phase);
    const part::NpuResult result = part::run_npu(arguments->options);
    context.out << (arguments->format == "json" ? part::to_json(result) : part::to_csv(result));
  });
}

}  // namespace kiln::cli
