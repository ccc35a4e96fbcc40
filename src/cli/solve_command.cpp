// SPDX-License-Identifier: MIT
#include "cli/solve_command.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <memory>

#include "base/error.h"
#include "base/hash.h"
#include "base/text.h"
#include "cli/cache_option.h"
#include "cli/experiment_command.h"
#include "cli/jobs_option.h"
#include "cli/time_limit.h"
#include "output/encode.h"
#include "page/page.h"
#include "solve/answer_files.h"
#include "solve/common_step.h"
#include "solve/equal.h"

namespace kiln::cli {

namespace {

struct SolveArguments : ExperimentArguments {
  std::vector<std::string> maximise, minimise, constraints, over, each;
  std::string at_equal;  ///< 'METRIC' or 'METRIC=NUMBER'
  std::size_t most_runs = 200;
  double tolerance = 1e-3;
  int jobs = usual_jobs();
};

solve::Question question_of(const SolveArguments& arguments) {
  solve::Question question;
  question.file = arguments.experiment;
  question.overrides = arguments.overrides;
  question.experiment = config::parse_yaml_file(arguments.experiment);
  if (!arguments.seed.empty()) question.overrides.push_back("run.seed=" + arguments.seed);
  for (const std::string& assignment : question.overrides)
    config::apply_override(question.experiment, assignment);
  const auto loaded = load_experiment(arguments, question.experiment);
  for (const std::string& metric : arguments.maximise) question.objectives.push_back({metric, true});
  for (const std::string& metric : arguments.minimise) question.objectives.push_back({metric, false});
  for (const std::string& text : arguments.constraints)
    question.constraints.push_back(report::parse_condition("--subject-to", text));
  question.over = solve::parse_axes("--over", arguments.over);
  question.each = solve::parse_axes("--each", arguments.each);
  question.most_runs = arguments.most_runs;
  question.tolerance = arguments.tolerance;
  question.seed = loaded.value.run.seed;
  solve::check(question);
  return question;
}

/// Another question is another folder.
output::Folder folder_of(const SolveArguments& arguments, const solve::Question& question) {
  std::string text = question.file + solve::to_text(question);
  text += arguments.at_equal + "\n";
  for (const auto* words : {&arguments.over, &arguments.each, &question.overrides})
    text += base::join(*words, "\n") + "\n\n";
  const std::string name = std::filesystem::path(question.file).stem().string();
  const std::string usual =
      fmt::format("out/{}-solve-{:.8}", output::file_name(name), base::content_hash(text));
  output::Folder folder(arguments.out.empty() ? usual : arguments.out, "solve");
  folder.check_replace();
  return folder;
}

/// Digits of `index` in the mixed radix of the axes' sizes, the last axis fastest.
std::vector<std::size_t> case_of(const std::vector<solve::Axis>& each, std::size_t index) {
  std::vector<std::size_t> digits(each.size());
  for (std::size_t i = each.size(); i-- > 0;) {
    digits[i] = index % each[i].values.size();
    index /= each[i].values.size();
  }
  return digits;
}

ShowProgress progress_of(const SolveArguments& arguments) {
  return arguments.quiet ? ShowProgress::never : show_progress_named(arguments.progress);
}

batch::BatchOptions options_of(const SolveArguments& arguments, const Context& context) {
  return {cache_for(arguments.no_cache), arguments.jobs, watch_for(context, arguments.time_limit_s)};
}

void find_answers(solve::Solution& solution, const SolveArguments& arguments, Context& context) {
  ProgressLine line(context, progress_of(arguments));
  std::size_t cases = 1, runs = 0;
  for (const solve::Axis& axis : solution.question.each) cases *= axis.values.size();
  const batch::BatchOptions options = options_of(arguments, context);
  std::optional<experiment::Prepared> step = solve::common_step(solution.question, options.watch);
  const solve::Trials::Simulation simulate = [&step](const experiment::ExperimentConfig& experiment,
                                                     const output::Cache& cache, batch::Bands bands) {
    return batch::run_for_numbers(experiment, cache, bands, step ? &*step : nullptr);
  };
  for (std::size_t i = 0; i < cases; ++i) {
    solution.cases.emplace_back(
        solution.question, case_of(solution.question.each, i), options,
        [&, before = runs](std::size_t done) {
          runs = before + done;
          line.show(cases == 1 ? fmt::format("{} runs", runs)
                               : fmt::format("answer {} of {}, {} runs", i + 1, cases, runs));
        },
        simulate);
    const solve::Answer* nearby = solution.answers.empty() ? nullptr : &solution.answers.back();
    solution.answers.push_back(solve::answer(solution.cases.back(), nearby));
  }
}

void tell(const solve::Solution& solution, const output::Files& files, const SolveArguments& arguments,
          const output::Folder& folder, Context& context) {
  print(files, arguments, folder, context, "answer");
  if (solution.failed() > 0) {
    context.err << fmt::format("kiln: {} runs failed, see the column finding of {}\n", solution.failed(),
                               output::terminal_text((folder.path() / solve::kTable).string()));
    context.exit_code = kSweepIncomplete;
  }
  if (!solution.all_answered()) {
    context.err << "kiln: " << (solution.any_answer() ? "not every case has an answer" : "there is no answer")
                << ": no point that was tried is valid and holds all constraints\n";
    context.exit_code = kConditionHolds;
  }
}

/// Each key by itself, as far as what is equal lets it go.
void spend_alike(const solve::Question& question, const output::Folder& folder,
                 const SolveArguments& arguments, Context& context) {
  if (!question.each.empty())
    throw base::ConfigError({"--each", 0, 0}, "", "cannot stand beside --at-equal: ask case by case");
  ProgressLine line(context, progress_of(arguments));
  const solve::Alternatives found = solve::at_equal(
      question, solve::parse_equal("--at-equal", arguments.at_equal), options_of(arguments, context),
      [](const experiment::ExperimentConfig& experiment, const output::Cache& cache, batch::Bands bands) {
        return batch::run_for_numbers(experiment, cache, bands);
      },
      [&](std::size_t runs) { line.show(fmt::format("{} runs", runs)); });
  line.clear();
  output::Files files{{"answer.txt", solve::equal_text(question, found)},
                      {"answer.json", solve::equal_json(question, found)},
                      {solve::kTable, solve::equal_csv(question, found)}};
  files[page::kFile] = page::page_of({{folder.path().filename().string(), files}});
  folder.replace(files);
  print(files, arguments, folder, context, "answer");
  if (std::any_of(found.ways.begin(), found.ways.end(), [](const auto& way) { return !way.trial; })) {
    context.err << "kiln: not every key has a value that fits\n";
    context.exit_code = kConditionHolds;
  }
}

void run(const SolveArguments& arguments, Context& context) {
  const solve::Question question = question_of(arguments);
  const output::Folder folder = folder_of(arguments, question);
  if (!arguments.at_equal.empty()) return spend_alike(question, folder, arguments, context);
  solve::Solution solution{question, {}, {}};
  find_answers(solution, arguments, context);
  output::Files files = solve::plot_files(solution);
  files[solve::kTable] = solve::solve_csv(solution);
  files["answer.txt"] = solve::answer_text(solution);
  files["answer.json"] = solve::answer_json(solution);
  output::Plotter plotter;
  draw(plotter, {solve::kPlotScript, solve::kPlotLabels, solve::kTable, solve::kPlotImage}, files, context);
  files[page::kFile] = page::page_of({{folder.path().filename().string(), files}});
  folder.replace(files);
  tell(solution, files, arguments, folder, context);
}

}  // namespace

void add_solve_command(CLI::App& app, Context& context) {
  auto arguments = std::make_shared<SolveArguments>();
  CLI::App* command = app.add_subcommand(
      "solve",
      "The best values of some keys of an experiment: what is sought, what must hold, what may change");
  add_experiment_options(*command, *arguments, "Experiment file, see 'kiln list experiment'");
  const auto several = [&](const char* name, std::vector<std::string>& words, const char* doc) {
    command->add_option(name, words, doc)->allow_extra_args(false);
  };
  several("--maximize", arguments->maximise,
          "Number of summary.json to make large; several objectives give a front");
  several("--minimize", arguments->minimise, "Number of summary.json to make small");
  several("--subject-to", arguments->constraints, "Condition that must hold, e.g. 'skin_temperature_c<=43'");
  several("--over", arguments->over, "What may be chosen: KEY=FROM..TO (a range) or 'KEY={A,B,C}'");
  several("--each", arguments->each, "What is given: 'KEY={A,B,C}' asks for an answer for each value");
  command->add_option(
      "--at-equal", arguments->at_equal,
      "Move each --over by itself until this is spent and tell what that gives: area "
      "(die_area_m2) or a number of summary.json, as METRIC=NUMBER or, without, the most that "
      "a listed value comes to");
  add_jobs_option(*command, arguments->jobs);
  command->add_option("--max-runs", arguments->most_runs, "Runs for an answer at most")
      ->check(CLI::Range(std::size_t{4}, std::size_t{100000}))
      ->capture_default_str();
  command
      ->add_option("--tolerance", arguments->tolerance,
                   "Where a search along a range ends, as a share of the value")
      ->check(CLI::Range(1e-6, 0.5))
      ->capture_default_str();
  command->callback([arguments, &context] { run(*arguments, context); });
}

}  // namespace kiln::cli
