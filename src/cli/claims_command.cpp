// SPDX-License-Identifier: MIT
#include "cli/claims_command.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <memory>

#include "claims/judge.h"
#include "cli/catalogue.h"
#include "cli/output_options.h"
#include "cli/run_batch.h"
#include "cli/set_option.h"
#include "config/load.h"
#include "output/encode.h"
#include "output/folder.h"
#include "page/page.h"

namespace kiln::cli {

namespace {

struct ClaimsArguments : BatchArguments {
  std::string file;  ///< empty: the one supplied
  std::vector<std::string> overrides;
  std::string out;
  std::string format = "text";
};

void run(const ClaimsArguments& arguments, Context& context) {
  const std::string file =
      arguments.file.empty() ? (find_configs() / "claims.yaml").string() : arguments.file;
  const auto config = config::load<claims::ClaimsConfig>(file, arguments.overrides).value;
  std::unique_ptr<output::Folder> folder;
  if (!arguments.out.empty()) {
    folder = std::make_unique<output::Folder>(arguments.out, "claims");
    folder->check_replace();
  }
  std::vector<const experiment::ExperimentConfig*> runs;
  for (const auto& run : config.runs) runs.push_back(&run);
  const auto outcomes = run_batch(runs, arguments, context);
  const std::string text = claims::claims_text(config, outcomes);
  const std::vector<claims::Judgement> all = claims::judge(config, outcomes);
  const std::string json = claims::claims_json(all, claims::scoreboard(config, outcomes));
  if (folder) {
    output::Files files{{"claims.csv", claims::claims_csv(all)}, {"claims.txt", text}, {"claims.json", json}};
    files[page::kFile] = page::page_of({{folder->path().filename().string(), files}});
    folder->replace(files);
  }
  context.out << (arguments.format == "json" ? json : output::terminal_text(text));
  if (std::any_of(outcomes.begin(), outcomes.end(), [](const auto& outcome) { return outcome.failed(); }))
    context.exit_code = kSimulationFailed;
}

}  // namespace

void add_claims_command(CLI::App& app, Context& context) {
  auto arguments = std::make_shared<ClaimsArguments>();
  CLI::App* command = app.add_subcommand("claims",
                                         "What articles claim: claimed, bound by its mechanism, simulated, "
                                         "verdict (default configs/claims.yaml)");
  command->add_option("claims", arguments->file, "File of claims, mechanisms and runs");
  command->add_option("--out", arguments->out, "Folder for claims.csv, claims.txt and claims.json");
  add_set_option(*command, arguments->overrides);
  add_batch_options(*command, *arguments);
  add_format_option(*command, arguments->format);
  command->callback([arguments, &context] { run(*arguments, context); });
}

}  // namespace kiln::cli
