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
#include "cli/fail_condition.h"
#include "cli/model_options.h"
#include "cli/number_checks.h"
#include "cli/progress_line.h"
#include "cli/set_option.h"
#include "cli/time_limit.h"
#include "config/load.h"
#include "output/encode.h"
#include "output/folder.h"
#include "output/plotter.h"
#include "report/curves.h"
#include "report/glossary.h"
#include "report/run_folder.h"

namespace kiln::cli {

namespace {

using output::terminal_text;

struct Arguments {
  std::string experiment;
  ModelArguments model;
  std::string chip;
  std::vector<std::string> overrides;
  std::string out;
  std::string seed;
  std::string format = "text";
  bool quiet = false;
  bool no_cache = false;
  std::string progress = "auto";
  std::vector<std::string> fail_on;
  std::optional<double> time_limit_s;
};

constexpr const char* kEffectiveFile = "config.effective.yaml";

/// The file of a chip: of that name in configs/soc, or a path.
std::string chip_file(const std::string& chip) {
  if (chip.ends_with(".yaml") || chip.find('/') != std::string::npos) return chip;
  const std::filesystem::path folder = find_configs() / "soc";
  const std::filesystem::path path = folder / (output::file_name(chip) + ".yaml");
  std::error_code none;
  if (std::filesystem::exists(path, none)) return path.string();
  std::vector<std::string> names;
  for (const ConfigFile& file : config_files(folder)) names.push_back(file.path.stem().string());
  throw base::ConfigError({"--chip " + chip, 0, 0}, "",
                          "there is no such chip" + base::suggestion(chip, names));
}

/// The experiment that a model alone asks for: a training step of it on a chip, hot, as in use.
config::Node experiment_of(const Arguments& arguments, Context& context) {
  const auto imported = workload::onnx::import_file(arguments.experiment, model_options(arguments.model));
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
  tree.insert("soc", config::scalar_node(chip_file(chip), true), {});
  config::place_all(tree, {arguments.experiment, 0, 0});
  return tree;
}

config::Node tree_of(const Arguments& arguments, Context& context) {
  if (is_model(arguments.experiment)) return experiment_of(arguments, context);
  if (arguments.model.given() || !arguments.chip.empty())
    throw base::ConfigError(
        {arguments.experiment, 0, 0}, "",
        "--chip, --bind, --treat, --head and --unfold-norm belong to a model (.onnx); in an "
        "experiment write workload: {from: model.onnx, bind: {...}} and soc");
  return config::parse_yaml_file(arguments.experiment);
}

config::Loaded<experiment::ExperimentConfig> load_experiment(const Arguments& arguments, Context& context) {
  config::Node tree = tree_of(arguments, context);
  if (tree.find("axes") != nullptr)
    throw base::ConfigError(tree.place, "",
                            fmt::format("is a sweep; use 'kiln sweep run {}'", arguments.experiment));
  for (const std::string& assignment : arguments.overrides) config::apply_override(tree, assignment);
  if (!arguments.seed.empty()) {  // a key like any other: its bounds hold, and the run's configuration has it
    const base::Place place{"--seed " + arguments.seed, 0, 0};
    config::Node& seed = config::node_at(tree, "run.seed", place);
    seed = config::scalar_node(arguments.seed);
    seed.place = place;
  }
  return config::read_tree<experiment::ExperimentConfig>(tree, arguments.experiment);
}

/// What a failed run can still say. Losing it must not hide the error itself.
void keep_failed_run(const output::Folder& folder, output::Files files, const std::string& error,
                     Context& context) {
  const std::string failed = folder.path().string() + ".failed";
  try {
    files["error.txt"] = fmt::format("{}\n\nCommand: {}\n", error, context.command_line);
    output::Folder(failed, "failed run").replace(files);
    context.err << fmt::format("kiln: note: what the failed run had is in {}\n", terminal_text(failed));
  } catch (const std::exception& second) {
    context.err << fmt::format("kiln: note: nothing of the failed run could be kept: {}\n",
                               terminal_text(second.what()));
  }
}

report::RunOptions options_for(const Arguments& arguments, std::vector<std::string> files,
                               const Context& context, ProgressLine& line) {
  report::RunOptions options;
  options.command_line = context.command_line;
  options.files = std::move(files);
  options.cache = cache_for(arguments.no_cache);
  options.monitor.watch = watch_for(context, arguments.time_limit_s);
  options.monitor.progress = [&line](double fraction, std::string_view what) {
    line.show(fmt::format("[{:3.0f} %] {}", 100 * fraction, what));
  };
  return options;
}

void print(const report::RunResult& result, const Arguments& arguments, const output::Folder& folder,
           Context& context) {
  if (arguments.quiet) return;
  if (arguments.format == "json") {
    context.out << result.files.at("summary.json");
  } else {
    context.out << terminal_text(result.files.at("summary.txt")) << "\nFiles in "
                << terminal_text(folder.path().string()) << '\n';
  }
}

/// The folder of the results, if it may be one: found out before a long simulation what would fail after it.
output::Folder folder_for(const Arguments& arguments,
                          const config::Loaded<experiment::ExperimentConfig>& loaded,
                          const experiment::Identity& identity) {
  const std::string usual = fmt::format("out/{}-{:.8}", output::file_name(loaded.value.name), identity.hash);
  output::Folder folder(arguments.out.empty() ? usual : arguments.out, "run");
  folder.check_replace();
  std::vector<std::string> inputs = loaded.files;
  for (const std::string& file : experiment::data_files(loaded.value)) inputs.push_back(file);
  folder.check_inputs(inputs, {{kEffectiveFile, identity.effective}});
  return folder;
}

/// Without gnuplot the script is there to be run later.
void draw_curves(output::Plotter& plotter, output::Files& files, Context& context) {
  output::Files drawn_from;
  for (const char* name : {report::kCurvesScript, report::kCurvesLabels, "series.csv"})
    drawn_from[name] = files.at(name);
  output::Picture picture = plotter.draw(drawn_from, report::kCurvesScript, report::kCurvesImage);
  if (picture.drawn == output::Drawn::yes) files[report::kCurvesImage] = std::move(picture.image);
  if (picture.drawn == output::Drawn::gave_up)
    context.err << fmt::format("kiln: note: no {}, gnuplot took too long\n", report::kCurvesImage);
}

void run(const Arguments& arguments, Context& context) {
  std::vector<FailCondition> conditions;
  for (const std::string& text : arguments.fail_on) {
    conditions.push_back(parse_fail_condition(text));
    if (const std::string why = report::unknown_result(conditions.back().key); !why.empty())
      throw base::ConfigError({"--fail-on " + text, 0, 0}, "", why);
  }
  const auto loaded = load_experiment(arguments, context);
  const experiment::Identity identity = experiment::identify(loaded.value);
  const output::Folder folder = folder_for(arguments, loaded, identity);
  const auto show = arguments.quiet ? ShowProgress::never : show_progress_named(arguments.progress);
  ProgressLine line(context, show);
  report::RunResult result;
  bool simulated = false;
  try {
    output::Plotter plotter;
    report::RunOptions options = options_for(arguments, loaded.files, context, line);
    options.identity = identity;
    result = report::run_experiment(loaded.value, options);
    simulated = true;
    line.clear();
    draw_curves(plotter, result.files, context);
    folder.replace(result.files);
  } catch (const base::ConfigError& error) {
    line.clear();
    // Bad input leaves no folder behind; a folder that changed during the run does not cost the results.
    if (simulated) keep_failed_run(folder, result.files, error.what(), context);
    throw;
  } catch (const std::exception& error) {
    line.clear();
    result.files[kEffectiveFile] = identity.effective;
    keep_failed_run(folder, result.files, error.what(), context);
    throw;
  }
  print(result, arguments, folder, context);
  if (result.validity.invalid()) {
    const report::ValidityFinding& worst = result.validity.findings.front();
    context.err << fmt::format("kiln: the result is invalid: {}: {}\n", terminal_text(worst.where),
                               terminal_text(worst.text));
    context.exit_code = kConditionHolds;
  }
  for (const std::string& condition : holding(conditions, result.numbers)) {
    context.err << "kiln: --fail-on " << condition << '\n';
    context.exit_code = kConditionHolds;
  }
}

}  // namespace

void add_run_command(CLI::App& app, Context& context) {
  auto arguments = std::make_shared<Arguments>();
  CLI::App* command =
      app.add_subcommand("run", "Simulate one experiment and write its results into a folder");
  command
      ->add_option("experiment", arguments->experiment,
                   "Experiment file, see 'kiln list experiment', or a model (.onnx)")
      ->required();
  command
      ->add_option("--chip", arguments->chip,
                   "Chip for a model: a name of configs/soc or a file (default edge_lpddr5)")
      ->check(not_empty());
  add_model_options(*command, arguments->model);
  add_set_option(*command, arguments->overrides);
  command->add_option("--out", arguments->out, "Folder of the results (default out/<name>-<hash>)")
      ->check(not_empty());
  command->add_option("--seed", arguments->seed, "Seed of all random numbers instead of the experiment's")
      ->check(whole_number());
  command->add_option("--format", arguments->format, "What to print: text or json (the summary)")
      ->check(CLI::IsMember({"text", "json"}))
      ->capture_default_str();
  command->add_flag("--quiet", arguments->quiet, "Print nothing but errors");
  command
      ->add_option("--progress", arguments->progress,
                   "Progress line on stderr: auto (terminals), always, never")
      ->check(CLI::IsMember({"auto", "always", "never"}))
      ->capture_default_str();
  command
      ->add_option("--fail-on", arguments->fail_on,
                   "Exit with code 3 if a condition on the summary holds, e.g. 'throttled_time_s>0'")
      ->allow_extra_args(false);
  add_cache_option(*command, arguments->no_cache);
  add_time_limit(*command, arguments->time_limit_s,
                 "End the run as failed after this wall time, e.g. 30s, 5min");
  command->callback([arguments, &context] { run(*arguments, context); });
}

}  // namespace kiln::cli
