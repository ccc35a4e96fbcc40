// SPDX-License-Identifier: MIT
#include "cli/run_command.h"

#include <CLI/CLI.hpp>
#include <filesystem>
#include <memory>
#include <optional>

#include "base/error.h"
#include "base/text.h"
#include "cli/cache_option.h"
#include "cli/catalogue.h"
#include "cli/experiment_command.h"
#include "cli/model_options.h"
#include "cli/named_file.h"
#include "cli/number_checks.h"
#include "cli/progress_line.h"
#include "output/encode.h"
#include "output/folder.h"
#include "output/plotter.h"
#include "page/page.h"
#include "report/accuracy_picture.h"
#include "report/condition.h"
#include "report/curves.h"
#include "report/glossary.h"
#include "report/run_folder.h"

namespace kiln::cli {

namespace {

using output::terminal_text;

struct RunArguments : ExperimentArguments {
  ModelArguments model;
  std::string chip;
  std::vector<std::string> fail_on;
};

/// The experiment that a model alone asks for: a training step of it on a chip, hot, as in use.
config::Node experiment_of(const RunArguments& arguments, Context& context) {
  const ImportedModel imported = import_model(arguments.experiment, arguments.model);
  if (!arguments.quiet) print_notes(imported, context);
  const auto map = [] {
    config::Node node;
    node.kind = config::Node::Kind::map;
    return node;
  };
  config::Node tree = map(), training = map();
  tree.insert("name", config::scalar_node(output::file_name(imported.network.name), true), {});
  tree.insert("workload", config::Value<workload::NetworkConfig>::write(imported.network, {}), {});
  if (imported.file_batch > 1)
    training.insert("batch", config::scalar_node(std::to_string(imported.file_batch)), {});
  if (imported.is_quantised) training.insert("quantisation_aware", map(), {});
  tree.insert("training", std::move(training), {});
  const std::string chip = arguments.chip.empty() ? "edge_lpddr5" : arguments.chip;
  tree.insert("soc", config::scalar_node(named_file(chip, "soc"), true), {});
  config::place_all(tree, {arguments.experiment, 0, 0});
  return tree;
}

config::Node tree_of(const RunArguments& arguments, Context& context) {
  if (is_model(arguments.experiment)) return experiment_of(arguments, context);
  if (arguments.model.of_onnx() || arguments.model.of_hf() || !arguments.chip.empty())
    throw base::ConfigError(
        {arguments.experiment, 0, 0}, "",
        "--chip, --bind, --treat, --head, --unfold-norm, --sequence and --labels belong to a model (.onnx, "
        "config.json); in an experiment write workload: {from: model.onnx, bind: {...}} or {hf: config.json, "
        "sequence: 512}, and soc");
  return config::parse_yaml_file(arguments.experiment);
}

/// Empty where an experiment is none without its overrides.
std::string effective_without_overrides(const RunArguments& arguments, Context& context) {
  try {
    RunArguments plain = arguments;
    plain.overrides.clear();
    plain.quiet = true;
    return experiment::identify(load_experiment(plain, tree_of(plain, context)).value).effective;
  } catch (const base::ConfigError&) {
    return "";
  }
}

report::RunOptions options_for(const RunArguments& arguments, std::vector<std::string> files,
                               const Context& context, ProgressLine& line) {
  report::RunOptions options;
  options.command_line = context.command_line;
  options.files = std::move(files);
  options.cache = cache_for(arguments.no_cache);
  options.monitor = monitor_for(arguments, context, line);
  return options;
}

/// The curve that the experiment brought, if it did.
void draw_accuracy_curve(output::Files& files, Context& context) {
  if (files.count(report::kAccuracyScript) == 0) return;
  output::Plotter plotter;
  draw(plotter,
       {report::kAccuracyScript, report::kAccuracyLabels, report::kAccuracyData, report::kAccuracyImage},
       files, context);
}

void run(const RunArguments& arguments, Context& context) {
  const std::vector<report::Condition> conditions =
      fail_on_conditions(arguments.fail_on, report::unknown_result);
  const auto loaded = load_experiment(arguments, tree_of(arguments, context));
  const experiment::Identity identity = experiment::identify(loaded.value);
  const output::Folder folder = folder_for(arguments, loaded, identity);
  const auto show = arguments.quiet ? ShowProgress::never : show_progress_named(arguments.progress);
  ProgressLine line(context, show);
  report::RunResult result;
  const Making making{
      [&] {
        report::RunOptions options = options_for(arguments, loaded.files, context, line);
        options.identity = identity;
        if (!arguments.overrides.empty()) options.base = effective_without_overrides(arguments, context);
        result = report::run_experiment(loaded.value, options);
        return std::move(result.files);
      },
      [&](output::Plotter& plotter, output::Files& files) {
        draw(plotter, {report::kCurvesScript, report::kCurvesLabels, "series.csv", report::kCurvesImage},
             files, context);
        draw_accuracy_curve(files, context);
        files[page::kFile] = page::page_of({{loaded.value.name, files}});
      }};
  print(write_results(folder, identity.effective, making, line, context), arguments, folder, context);
  say_if_invalid(result.validity, context);
  say_holding(conditions, result.numbers, context);
}

}  // namespace

void add_run_command(CLI::App& app, Context& context) {
  auto arguments = std::make_shared<RunArguments>();
  CLI::App* command =
      app.add_subcommand("run", "Simulate one experiment and write its results into a folder");
  add_experiment_options(*command, *arguments,
                         "Experiment file, see 'kiln list experiment', or a model (.onnx, config.json)");
  command
      ->add_option("--chip", arguments->chip,
                   "Chip for a model: a name of configs/soc or a file (default edge_lpddr5)")
      ->check(not_empty());
  add_model_options(*command, arguments->model);
  add_fail_on_option(*command, arguments->fail_on,
                     "condition on the summary holds, e.g. 'throttled_time_s>0'");
  command->callback([arguments, &context] { run(*arguments, context); });
}

}  // namespace kiln::cli
