// SPDX-License-Identifier: MIT
#include "cli/train_command.h"

#include <CLI/CLI.hpp>
#include <filesystem>
#include <memory>

#include "base/error.h"
#include "cli/cache_option.h"
#include "cli/experiment_command.h"
#include "cli/number_checks.h"
#include "config/load.h"
#include "output/encode.h"
#include "output/file.h"
#include "page/page.h"
#include "train/accuracy_curve.h"
#include "train/learning_report.h"
#include "train/session.h"

namespace kiln::cli {

namespace {

struct TrainArguments : ExperimentArguments {
  std::string curve;
};

#if KILN_HAS_LEARNING

/// The file of `--curve`: what is in it, and a point more.
class CurveFile {
 public:
  /// Throws ConfigError for a place or an experiment that cannot give a curve, before anything runs.
  CurveFile(const std::string& path, const experiment::ExperimentConfig& experiment,
            const std::vector<std::string>& inputs)
      : path_(path), experiment_(experiment), file_(path, "curve", "--curve", inputs) {
    train::check_curve(experiment);
    if (std::error_code none; std::filesystem::is_regular_file(path, none))
      known_ = config::load<Curve>(path, {}).value;
  }

  std::string add(const train::TrainOptions& options) {
    Curve curve = train::measure_curve(experiment_, options.monitor, options.cache);
    if (known_) curve = train::merge_curves(*known_, curve, path_);
    file_.write(config::file_head<Curve>());
    file_.write(
        "# Steps to an accuracy by compression ratio, over those without: mean and spread over seeds.\n");
    file_.write(config::keys_and_values(curve));
    file_.publish();
    return fmt::format("{}: {} points\n", path_, curve.curve.size());
  }

 private:
  using Curve = experiment::WorkToAccuracyConfig;
  std::string path_;
  const experiment::ExperimentConfig& experiment_;
  output::File file_;
  std::optional<Curve> known_;
};

void train(const TrainArguments& arguments, Context& context) {
  const auto loaded = load_experiment(arguments, config::parse_yaml_file(arguments.experiment));
  const experiment::Identity identity = experiment::identify(loaded.value);
  const output::Folder folder = folder_for(arguments, loaded, identity);
  std::optional<CurveFile> curve;
  if (!arguments.curve.empty()) curve.emplace(arguments.curve, loaded.value, loaded.files);
  ProgressLine line(context, arguments.quiet ? ShowProgress::never : show_progress_named(arguments.progress));
  train::TrainOptions options;
  options.command_line = context.command_line;
  options.files = loaded.files;
  options.cache = cache_for(arguments.no_cache);
  options.monitor = monitor_for(arguments, context, line);
  report::Validity validity;
  const Making making{
      [&] {
        train::TrainResult result = train::train_experiment(loaded.value, options);
        validity = std::move(result.training.validity);
        return std::move(result.files);
      },
      [&](output::Plotter& plotter, output::Files& files) {
        draw(plotter, {train::kLearningScript, train::kLearningLabels, "learning.csv", train::kLearningImage},
             files, context);
        files[page::kFile] = page::page_of({{loaded.value.name, files}});
      }};
  print(write_results(folder, identity.effective, making, line, context), arguments, folder, context);
  say_if_invalid(validity, context);
  if (!curve) return;
  const std::string done = curve->add(options);
  line.clear();
  if (arguments.format == "text" && !arguments.quiet) context.out << output::terminal_text(done);
}

#else

void train(const TrainArguments&, Context&) {
  throw base::ConfigError({}, "train",
                          "this program was built without oneDNN or zlib, which training needs; run "
                          "scripts/bootstrap --learning and build again");
}

#endif

}  // namespace

void add_train_command(CLI::App& app, Context& context) {
  auto arguments = std::make_shared<TrainArguments>();
  CLI::App* command = app.add_subcommand(
      "train", "Train an experiment's network on data, on the chip that is simulated: energy to accuracy");
  add_experiment_options(*command, *arguments, "Experiment file with a section learning");
  command
      ->add_option(
          "--curve", arguments->curve,
          "Also measure steps to the target accuracy with and without the codec, and add the point to "
          "this file, for compression.work_to_accuracy")
      ->check(not_empty());
  command->callback([arguments, &context] { train(*arguments, context); });
}

}  // namespace kiln::cli
