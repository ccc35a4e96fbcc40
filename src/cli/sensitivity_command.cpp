// SPDX-License-Identifier: MIT
#include "cli/sensitivity_command.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <filesystem>
#include <memory>

#include "cli/cache_option.h"
#include "cli/experiment_command.h"
#include "cli/jobs_option.h"
#include "cli/time_limit.h"
#include "output/encode.h"
#include "page/page.h"
#include "report/glossary.h"
#include "solve/sensitivity.h"

namespace kiln::cli {

namespace {

struct SensitivityArguments : ExperimentArguments {
  std::string metric = "energy_j";
  std::vector<std::string> verdicts, over;
  std::size_t paths = 0, samples = 0;
  bool no_constants = false;
  int jobs = usual_jobs();
};

/// Throws ConfigError for keys without a range, or with ends that the experiment refuses.
void add_keys(const SensitivityArguments& arguments, solve::Inquiry& inquiry) {
  for (solve::Axis& axis : solve::parse_axes("--over", arguments.over)) {
    if (!axis.continuous)
      throw base::ConfigError({"--over " + axis.key, 0, 0}, "", "a factor has a range, KEY=FROM..TO");
    solve::Factor factor;
    factor.name = axis.key;
    factor.base = "as it is";
    factor.axis = std::move(axis);
    for (const double end : {-1.0, 1.0})
      solve::at_levels(inquiry.experiment, inquiry.file, inquiry.parts, {factor}, {end});
    inquiry.factors.push_back(std::move(factor));
  }
}

solve::Inquiry inquiry_of(const SensitivityArguments& arguments) {
  solve::Inquiry inquiry;
  inquiry.file = arguments.experiment;
  inquiry.experiment = config::parse_yaml_file(arguments.experiment);
  for (const std::string& assignment : arguments.overrides)
    config::apply_override(inquiry.experiment, assignment);
  if (!arguments.seed.empty()) config::apply_override(inquiry.experiment, "run.seed=" + arguments.seed);
  const auto loaded = config::read_tree<experiment::ExperimentConfig>(
      inquiry.experiment, arguments.experiment, config::Reader(inquiry.parts));
  const auto check = [](const std::string& option, const std::string& key) {
    if (const std::string why = report::unknown_result(key); !why.empty())
      throw base::ConfigError({option + " " + key, 0, 0}, "", why);
  };
  check("--of", arguments.metric);
  inquiry.metric = arguments.metric;
  for (const std::string& text : arguments.verdicts) {
    inquiry.verdicts.push_back(report::parse_condition("--verdict", text));
    check("--verdict", inquiry.verdicts.back().key);
  }
  if (!arguments.no_constants) inquiry.factors = solve::factors_of_constants(loaded.value);
  add_keys(arguments, inquiry);
  if (inquiry.factors.empty())
    throw base::ConfigError(
        {arguments.experiment, 0, 0}, "",
        "nothing is uncertain: no constant has a band, and no --over KEY=FROM..TO is given");
  inquiry.paths = arguments.paths;
  inquiry.samples = arguments.samples;
  inquiry.seed = loaded.value.run.seed;
  return inquiry;
}

void run(const SensitivityArguments& arguments, Context& context) {
  const solve::Inquiry inquiry = inquiry_of(arguments);
  const std::string name = std::filesystem::path(arguments.experiment).stem().string();
  const output::Folder folder(
      arguments.out.empty() ? "out/" + output::file_name(name) + "-sensitivity" : arguments.out,
      "sensitivity");
  folder.check_replace();
  ProgressLine line(context, arguments.quiet ? ShowProgress::never : show_progress_named(arguments.progress));
  const batch::BatchOptions options{cache_for(arguments.no_cache), arguments.jobs,
                                    watch_for(context, arguments.time_limit_s)};
  const solve::Sensitivity found = solve::find_sensitivity(
      inquiry, options, [&](std::size_t runs) { line.show(fmt::format("{} runs", runs)); });
  line.clear();
  output::Files files{{"sensitivity.csv", solve::sensitivity_csv(inquiry, found)},
                      {"sensitivity.txt", solve::sensitivity_text(inquiry, found)},
                      {"sensitivity.json", solve::sensitivity_json(inquiry, found)},
                      {"sensitivity.svg", solve::tornado_svg(inquiry, found)}};
  files[page::kFile] = page::page_of({{folder.path().filename().string(), files}});
  folder.replace(files);
  print(files, arguments, folder, context, "sensitivity");
}

}  // namespace

void add_sensitivity_command(CLI::App& app, Context& context) {
  auto arguments = std::make_shared<SensitivityArguments>();
  CLI::App* command = app.add_subcommand(
      "sensitivity",
      "Which assumption decides: a number with constants and keys at the ends of what they may be");
  add_experiment_options(*command, *arguments, "Experiment file, see 'kiln list experiment'");
  command->add_option("--of", arguments->metric, "Number of summary.json")->capture_default_str();
  command
      ->add_option("--verdict", arguments->verdicts,
                   "Condition whose change is looked for, e.g. 'skin_temperature_c<=43'")
      ->allow_extra_args(false);
  command->add_option("--over", arguments->over, "A key and its range, KEY=FROM..TO")
      ->allow_extra_args(false);
  command->add_flag("--no-constants", arguments->no_constants,
                    "The keys of --over alone, no constants with bands");
  command
      ->add_option("--morris", arguments->paths,
                   "Paths on which all factors move, for mean effects and their spread")
      ->check(CLI::Range(std::size_t{1}, std::size_t{1000}));
  command
      ->add_option("--sobol", arguments->samples,
                   "Samples for each factor's share of the variance while all move: N (factors + 2) runs")
      ->check(CLI::Range(std::size_t{2}, std::size_t{10'000}));
  add_jobs_option(*command, arguments->jobs);
  command->callback([arguments, &context] { run(*arguments, context); });
}

}  // namespace kiln::cli
