// SPDX-License-Identifier: MIT
#include "cli/silicon_command.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <memory>

#include "base/error.h"
#include "base/text.h"
#include "cli/catalogue.h"
#include "cli/output_options.h"
#include "cli/run_batch.h"
#include "cli/set_option.h"
#include "config/load.h"
#include "output/folder.h"
#include "silicon/table.h"

namespace kiln::cli {

namespace {

struct SiliconArguments : BatchArguments {
  std::string anchors;  ///< file; empty: the one supplied
  std::vector<std::string> only, overrides;
  std::string out;
  std::string format = "text";
};

/// Jobs whose names begin with one of the given words, and those they are divided by.
void keep_only(silicon::SiliconConfig& config, const std::vector<std::string>& only) {
  if (only.empty()) return;
  const auto wanted = [&](const std::string& name) {
    return std::any_of(only.begin(), only.end(), [&](const auto& word) { return name.starts_with(word); });
  };
  std::vector<std::string> names, divisors;
  for (const silicon::JobConfig& job : config.jobs) {
    names.push_back(job.experiment.name);
    if (!wanted(job.experiment.name)) continue;
    for (const silicon::AnchorConfig& anchor : job.anchors) divisors.push_back(anchor.over);
  }
  for (const std::string& word : only)
    if (std::none_of(names.begin(), names.end(), [&](const auto& name) { return name.starts_with(word); }))
      throw base::ConfigError(
          {}, "--only", fmt::format("no job's name begins with '{}'{}", word, base::suggestion(word, names)));
  std::erase_if(config.jobs, [&](silicon::JobConfig& job) {
    if (wanted(job.experiment.name)) return false;
    job.anchors.clear();  // it is there to divide by
    return std::find(divisors.begin(), divisors.end(), job.experiment.name) == divisors.end();
  });
}

void run(const SiliconArguments& arguments, Context& context) {
  const std::string file =
      arguments.anchors.empty() ? (find_configs() / "chips" / "anchors.yaml").string() : arguments.anchors;
  silicon::SiliconConfig config = config::load<silicon::SiliconConfig>(file, arguments.overrides).value;
  keep_only(config, arguments.only);
  std::unique_ptr<output::Folder> folder;
  if (!arguments.out.empty()) {
    folder = std::make_unique<output::Folder>(arguments.out, "silicon");
    folder->check_replace();
  }
  std::vector<const experiment::ExperimentConfig*> runs;
  for (const silicon::JobConfig& job : config.jobs) runs.push_back(&job.experiment);
  const auto outcomes = run_batch(runs, arguments, context);
  const std::vector<silicon::Comparison> all = silicon::compare(config, outcomes);
  if (folder)
    folder->replace({{"silicon.csv", silicon::table_csv(all)},
                     {"silicon.txt", silicon::table_text(all)},
                     {"silicon.svg", silicon::picture_svg(all)}});
  context.out << (arguments.format == "json" ? silicon::table_json(all) : silicon::table_text(all));
  if (silicon::tally(all).failed > 0) context.exit_code = kSimulationFailed;
}

}  // namespace

void add_silicon_command(CLI::App& app, Context& context) {
  auto arguments = std::make_shared<SiliconArguments>();
  CLI::App* command = app.add_subcommand(
      "silicon",
      "Published chips: simulated over published, with both bands (default configs/chips/anchors.yaml)");
  command->add_option("anchors", arguments->anchors, "File of chips and published figures");
  command->add_option("--only", arguments->only, "Jobs whose names begin so");
  command->add_option("--out", arguments->out, "Folder for silicon.csv, silicon.txt and silicon.svg");
  add_set_option(*command, arguments->overrides);
  add_batch_options(*command, *arguments);
  add_format_option(*command, arguments->format);
  command->callback([arguments, &context] { run(*arguments, context); });
}

}  // namespace kiln::cli
