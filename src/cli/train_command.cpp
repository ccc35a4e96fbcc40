// SPDX-License-Identifier: MIT
#include "cli/train_command.h"

#include <CLI/CLI.hpp>
#include <memory>

#include "base/error.h"
#include "cli/cache_option.h"
#include "cli/experiment_command.h"
#include "train/learning_report.h"
#include "train/session.h"

namespace kiln::cli {

namespace {

#if KILN_HAS_LEARNING

void train(const ExperimentArguments& arguments, Context& context) {
  const auto loaded = load_experiment(arguments, config::parse_yaml_file(arguments.experiment));
  const experiment::Identity identity = experiment::identify(loaded.value);
  const output::Folder folder = folder_for(arguments, loaded, identity);
  ProgressLine line(context, arguments.quiet ? ShowProgress::never : show_progress_named(arguments.progress));
  output::Files files;
  bool trained = false;
  try {
    output::Plotter plotter;
    train::TrainOptions options;
    options.command_line = context.command_line;
    options.files = loaded.files;
    options.cache = cache_for(arguments.no_cache);
    options.monitor = monitor_for(arguments, context, line);
    files = train::train_experiment(loaded.value, options).files;
    trained = true;
    line.clear();
    draw(plotter, {train::kLearningScript, train::kLearningLabels, "learning.csv", train::kLearningImage},
         files, context);
    folder.replace(files);
  } catch (const base::ConfigError& error) {
    line.clear();
    if (trained) keep_failed_run(folder, files, error.what(), context);
    throw;
  } catch (const std::exception& error) {
    line.clear();
    files[kEffectiveFile] = identity.effective;
    keep_failed_run(folder, files, error.what(), context);
    throw;
  }
  print(files, arguments, folder, context);
}

#else

void train(const ExperimentArguments&, Context&) {
  throw base::ConfigError({}, "train",
                          "this program was built without oneDNN or zlib, which training needs; run "
                          "scripts/bootstrap --learning and build again");
}

#endif

}  // namespace

void add_train_command(CLI::App& app, Context& context) {
  auto arguments = std::make_shared<ExperimentArguments>();
  CLI::App* command = app.add_subcommand(
      "train", "Train an experiment's network on data, on the chip that is simulated: energy to accuracy");
  add_experiment_options(*command, *arguments, "Experiment file with a section learning");
  command->callback([arguments, &context] { train(*arguments, context); });
}

}  // namespace kiln::cli
