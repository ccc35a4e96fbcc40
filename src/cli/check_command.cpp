// SPDX-License-Identifier: MIT
#include "cli/check_command.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <filesystem>
#include <memory>

#include "base/error.h"
#include "base/file.h"
#include "base/text.h"
#include "check/verdict.h"
#include "cli/number_checks.h"
#include "cli/output_options.h"
#include "cli/run_batch.h"
#include "cli/set_option.h"
#include "config/load.h"
#include "output/encode.h"
#include "output/file.h"
#include "output/folder.h"

namespace kiln::cli {

namespace {

namespace fs = std::filesystem;

struct CheckArguments : BatchArguments {
  std::string baseline;
  std::vector<std::string> only, overrides;
  std::string junit;
  bool approve = false;
  std::string format = "text";
};

/// The file of a baseline, which may be named by its folder.
std::string check_file(const std::string& baseline) {
  std::error_code none;
  if (!fs::is_directory(baseline, none)) return baseline;
  const fs::path file = fs::path(baseline) / "check.yaml";
  if (fs::is_regular_file(file, none)) return file.string();
  throw base::ConfigError({file.string(), 0, 0}, "",
                          "there is no such file; write one with 'runs: [{from: experiment.yaml, name: "
                          "mine}]' and approve what it "
                          "gives with --approve (example: configs/baselines/shipped)");
}

void keep_only(check::CheckConfig& config, const std::vector<std::string>& only) {
  std::vector<std::string> names;
  for (const auto& run : config.runs) names.push_back(run.name);
  for (const std::string& word : only)
    if (std::find(names.begin(), names.end(), word) == names.end())
      throw base::ConfigError({"--only " + word, 0, 0}, "",
                              "there is no such run" + base::suggestion(word, names));
  if (only.empty()) return;
  std::erase_if(config.runs,
                [&](const auto& run) { return std::find(only.begin(), only.end(), run.name) == only.end(); });
}

std::string approved_name(const experiment::ExperimentConfig& run) {
  return output::file_name(run.name) + ".json";
}

std::optional<check::Approved> read_approved(const fs::path& folder,
                                             const experiment::ExperimentConfig& run) {
  const fs::path file = folder / approved_name(run);
  std::error_code none;
  if (!fs::exists(file, none)) return std::nullopt;
  return check::parse_approved(base::read_file(file.string()), file.string());
}

std::vector<check::Judgement> judge_all(const check::CheckConfig& config,
                                        const std::vector<batch::Outcome>& outcomes,
                                        const fs::path& approved) {
  std::vector<check::Judgement> all;
  for (std::size_t i = 0; i < outcomes.size(); ++i)
    all.push_back(
        check::judge(config, config.runs[i].name, outcomes[i], read_approved(approved, config.runs[i])));
  return all;
}

/// What one looks at is what is approved: the numbers that were just compared.
void approve(const check::CheckConfig& config, const std::vector<batch::Outcome>& outcomes,
             const output::Folder& folder, bool all) {
  output::Files files;
  for (std::size_t i = 0; i < outcomes.size(); ++i) {
    if (outcomes[i].failed() || outcomes[i].invalid())
      throw base::SimError(fmt::format("{} {}: nothing was approved", config.runs[i].name,
                                       outcomes[i].failed() ? "failed" : "is invalid"));
    files[approved_name(config.runs[i])] = check::to_json(check::approvable(outcomes[i]));
  }
  if (all)
    folder.replace(files);
  else
    folder.add(files);
}

void write_junit(const std::vector<check::Judgement>& all, output::File& file, const std::string& suite) {
  file.write(check::junit_xml(all, suite));
  file.publish();
}

int exit_code_of(const std::vector<check::Judgement>& all) {
  int code = kGood;
  for (const check::Judgement& judgement : all) {
    if (judgement.verdict == check::Verdict::failed) return kSimulationFailed;
    if (!judgement.passed()) code = kConditionHolds;
  }
  return code;
}

void run(const CheckArguments& arguments, Context& context) {
  const std::string file = check_file(arguments.baseline);
  auto config = config::load<check::CheckConfig>(file, arguments.overrides).value;
  if (arguments.approve && !arguments.overrides.empty())
    throw base::ConfigError({}, "--approve", "takes the file as it is; write what --set changes into it");
  keep_only(config, arguments.only);
  const fs::path home = fs::absolute(file).parent_path();
  const output::Folder approved((home / "approved").string(), "approved results", "--approve");
  if (arguments.approve) approved.check_replace();
  std::optional<output::File> junit;
  if (!arguments.junit.empty()) junit.emplace(arguments.junit, "junit", "--junit", std::vector{file});

  std::vector<const experiment::ExperimentConfig*> runs;
  for (const auto& run : config.runs) runs.push_back(&run);
  const auto outcomes = run_batch(runs, arguments, context);
  check::require_known_patterns(config, outcomes);
  const auto all = judge_all(config, outcomes, approved.path());
  if (junit) write_junit(all, *junit, home.filename().string());
  context.out << (arguments.format == "json" ? check::check_json(all)
                                             : output::terminal_text(check::check_text(all)));
  context.exit_code = exit_code_of(all);
  if (!arguments.approve) return;
  approve(config, outcomes, approved, arguments.only.empty());
  context.err << fmt::format("kiln: approved {} runs in {}\n", runs.size(),
                             output::terminal_text(approved.path().string()));
  context.exit_code = kGood;
}

}  // namespace

void add_check_command(CLI::App& app, Context& context) {
  auto arguments = std::make_shared<CheckArguments>();
  CLI::App* command = app.add_subcommand(
      "check", "Regression check: experiments against approved numbers, each with its tolerance");
  command
      ->add_option("baseline", arguments->baseline,
                   "Folder with check.yaml and approved results, or that file")
      ->required()
      ->check(not_empty());
  command->add_flag("--approve", arguments->approve, "Take what the runs give now as approved");
  command->add_option("--only", arguments->only, "These runs alone");
  command
      ->add_option("--junit", arguments->junit, "Write the verdicts for continuous integration (JUnit XML)")
      ->check(not_empty());
  add_set_option(*command, arguments->overrides);
  add_batch_options(*command, *arguments);
  add_format_option(*command, arguments->format);
  command->callback([arguments, &context] { run(*arguments, context); });
}

}  // namespace kiln::cli
