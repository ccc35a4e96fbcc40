// SPDX-License-Identifier: MIT
#include "cli/claims_command.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <memory>

#include "batch/processes.h"
#include "claims/judge.h"
#include "cli/cache_option.h"
#include "cli/catalogue.h"
#include "cli/jobs_option.h"
#include "cli/output_options.h"
#include "cli/progress_line.h"
#include "cli/set_option.h"
#include "cli/time_limit.h"
#include "config/load.h"
#include "output/encode.h"
#include "output/folder.h"
#include "page/page.h"

namespace kiln::cli {

namespace {

struct Arguments {
  std::string file;  ///< empty: the one supplied
  std::vector<std::string> overrides;
  std::string out;
  std::string format = "text";
  std::string progress = "auto";
  int jobs = usual_jobs();
  std::optional<double> time_limit_s;
  bool no_cache = false;
};

void run(const Arguments& arguments, Context& context) {
  const std::string file =
      arguments.file.empty() ? (find_configs() / "claims.yaml").string() : arguments.file;
  const auto config = config::load<claims::ClaimsConfig>(file, arguments.overrides).value;
  std::unique_ptr<output::Folder> folder;
  if (!arguments.out.empty()) {
    folder = std::make_unique<output::Folder>(arguments.out, "claims");
    folder->check_replace();
  }
  ProgressLine line(context, show_progress_named(arguments.progress));
  const batch::BatchOptions options{cache_for(arguments.no_cache), arguments.jobs,
                                    watch_for(context, arguments.time_limit_s)};
  const auto outcomes = batch::run_all(
      config.runs.size(),
      [&](std::size_t run) { return batch::run_for_numbers(config.runs[run], options.cache); }, options,
      [&](std::size_t done, std::size_t run) {
        line.show(fmt::format("{} of {} runs: {}", done, config.runs.size(), config.runs[run].name));
      });
  line.clear();
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
  auto arguments = std::make_shared<Arguments>();
  CLI::App* command = app.add_subcommand("claims",
                                         "What articles claim: claimed, bound by its mechanism, simulated, "
                                         "verdict (default configs/claims.yaml)");
  command->add_option("claims", arguments->file, "File of claims, mechanisms and runs");
  command->add_option("--out", arguments->out, "Folder for claims.csv, claims.txt and claims.json");
  add_jobs_option(*command, arguments->jobs);
  add_set_option(*command, arguments->overrides);
  add_cache_option(*command, arguments->no_cache);
  add_time_limit(*command, arguments->time_limit_s, "End as failed after this wall time, e.g. 30s, 5min");
  add_format_option(*command, arguments->format);
  add_progress_option(*command, arguments->progress);
  command->callback([arguments, &context] { run(*arguments, context); });
}

}  // namespace kiln::cli
