// SPDX-License-Identifier: MIT
#include "cli/sweep_command.h"

#include <CLI/CLI.hpp>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <thread>

#include "base/error.h"
#include "base/text.h"
#include "cli/cache_option.h"
#include "cli/interrupt.h"
#include "cli/named_file.h"
#include "cli/number_checks.h"
#include "cli/output_options.h"
#include "cli/progress_line.h"
#include "cli/results.h"
#include "cli/set_option.h"
#include "cli/sweep_engine.h"
#include "cli/time_limit.h"
#include "output/encode.h"
#include "output/folder.h"
#include "output/json.h"
#include "output/plotter.h"
#include "page/page.h"
#include "report/condition.h"
#include "sweep/experiment_simulator.h"
#include "sweep/findings.h"
#include "sweep/plot.h"
#include "sweep/results.h"
#include "sweep/slurm/job_file.h"
#include "sweep/workers.h"

namespace kiln::cli {

namespace {

namespace fs = std::filesystem;

struct SweepArguments {
  std::string sweep;   ///< file, for plan and run
  std::string folder;  ///< of the results
  std::vector<std::string> overrides;
  std::optional<std::size_t> jobs;
  sweep::Slice slice;
  ClusterArguments cluster;
  std::optional<double> time_limit_s;  ///< of a point
  bool no_cache = false;
  std::vector<std::string> fail_on;
  std::string progress = "auto";
  std::string format = "text";
  bool quiet = false;
};

fs::path folder_of(const sweep::Plan& plan, const SweepArguments& arguments) {
  return arguments.folder.empty() ? fs::path("out") / output::file_name(plan.sweep.name)
                                  : fs::path(arguments.folder);
}

/// Names of all that a sweep writes into its folder beside the points.
const std::vector<std::string> kFiles = {
    "plan.jsonl",           "sweep.effective.yaml", "sweep.csv",       "sweep.txt",
    sweep::kPlotScript,     sweep::kPlotLabels,     sweep::kPlotImage, page::kFile,
    sweep::slurm::kJobFile, sweep::slurm::kScript};

/// Results of another sweep must not mix with these; of the
/// same one with other settings they may stand beside.
void check_folder(const fs::path& folder, const sweep::Plan& plan) {
  const output::Folder results(folder.string(), sweep::kResultKind);
  results.check_own();
  results.check_add(kFiles);
  if (!fs::exists(results.path() / kFiles.front())) return;  // new, or lost: it is written anew
  const std::string owner = sweep::read_plan(folder).file;
  if (owner != sweep::stored_form(plan).file)
    throw base::ConfigError(
        {folder.string(), 0, 0}, "--out",
        fmt::format("holds the results of another sweep, {}; choose another folder", owner));
}

/// A plan that was cut or edited names other points than the sweep has.
void check_plan(const fs::path& folder) {
  output::Folder(folder.string(), sweep::kResultKind, "folder").check_add({kFiles.front()});
}

/// A slice of the plan a folder was made with, made again; refused when the experiments changed since.
sweep::Plan plan_again(const fs::path& folder, const sweep::Slice& slice) {
  const sweep::StoredPlan stored = sweep::read_plan(folder);
  sweep::Plan plan = sweep::make_plan(stored.file, stored.overrides, sweep::ExperimentIdentity(), slice);
  std::vector<std::string> planned, now;
  for (std::size_t i = slice.index; i < stored.points.size(); i += slice.count)
    planned.push_back(stored.points[i].hash);
  for (const sweep::Point& point : plan.points) now.push_back(point.hash);
  if (now != planned)
    throw base::ConfigError(
        {stored.file, 0, 0}, "",
        "a configuration file or the program changed since this sweep was planned; plan it again");
  return plan;
}

std::string failures_text(const sweep::Table& table) {
  std::string text;
  for (const auto& failure : table.failures)
    text += fmt::format("failed: {}: {}\n", failure.labels, failure.error);
  if (table.missing > 0) text += fmt::format("{} points are missing\n", table.missing);
  return text;
}

/// Files of the plot: script, labels and, if it could be drawn, the picture.
output::Files draw_plot(const sweep::Table& table, const sweep::SweepConfig& sweep, const fs::path& folder,
                        Context& context) {
  if (sweep.plot.rows.empty() || table.rows.empty()) return {};
  output::Files files = sweep::plot_files(table, sweep);
  output::Picture picture = output::Plotter().draw(files, sweep::kPlotScript, sweep::kPlotImage);
  const auto note = [&](std::string_view why) {
    context.err << fmt::format("kiln: note: no plot, {}; 'gnuplot {}' in {} draws it\n", why,
                               sweep::kPlotScript, output::terminal_text(folder.string()));
  };
  switch (picture.drawn) {
    case output::Drawn::yes:
      files[sweep::kPlotImage] = std::move(picture.image);
      break;
    case output::Drawn::no_gnuplot:
      note("gnuplot is not installed (apt-get install gnuplot-nox)");
      break;
    case output::Drawn::failed:
      note("gnuplot failed");
      break;
    case output::Drawn::gave_up:
      note("gnuplot took too long");
  }
  return files;
}

nlohmann::ordered_json counts_json(std::size_t points, std::size_t done, std::size_t failed,
                                   const fs::path& folder) {
  return {{"points", points}, {"done", done}, {"failed", failed}, {"folder", folder.string()}};
}

/// The conditions of --fail-on, before anything runs.
std::vector<report::Condition> conditions_of(const SweepArguments& arguments,
                                             const sweep::SweepConfig& sweep) {
  return fail_on_conditions(
      arguments.fail_on, [&](const std::string& key) { return sweep::unknown_result(sweep.command, key); });
}

/// Says the points at which a condition holds; they decide the exit code of a sweep that is complete.
void say_points_holding(const std::vector<report::Condition>& conditions, const sweep::Table& table,
                        Context& context) {
  for (const report::Condition& condition : conditions) {
    std::size_t without = 0;
    for (const sweep::Row& row : table.rows) {
      const auto number = row.number(condition.key);
      without += number ? 0 : 1;
      if (!number || !condition.holds(*number)) continue;
      context.err << output::terminal_text(fmt::format("kiln: --fail-on {}: {} ({} is {})\n", condition.text,
                                                       sweep::told_labels(table, row), condition.key,
                                                       *number));
      if (context.exit_code == kGood) context.exit_code = kConditionHolds;
    }
    if (without > 0 && without == table.rows.size())
      throw base::ConfigError({"--fail-on " + condition.text, 0, 0}, "",
                              fmt::format("no point of this sweep has a number '{}'", condition.key));
    if (without > 0)
      context.err << fmt::format("kiln: note: {} of {} points have no {}\n", without, table.rows.size(),
                                 condition.key);
  }
}

void print_collected(const sweep::Table& table, std::size_t points, const output::Files& files,
                     const std::string& text, const fs::path& folder, const SweepArguments& arguments,
                     Context& context) {
  if (arguments.quiet) return;
  if (arguments.format == "json") {
    context.out << output::json_text(counts_json(points, table.rows.size(), table.failures.size(), folder), 2)
                << '\n';
  } else {
    const std::string plot =
        files.count(sweep::kPlotImage) > 0 ? ", plot " + (folder / sweep::kPlotImage).string() : "";
    context.out << output::terminal_text(text + fmt::format("{} of {} points; table {}{}\n",
                                                            table.rows.size(), points,
                                                            (folder / "sweep.csv").string(), plot));
  }
}

/// Table, plot and text of what is finished; exit code 4 when something is not.
void collect(const fs::path& folder, const SweepArguments& arguments, Context& context) {
  check_plan(folder);
  const sweep::StoredPlan plan = sweep::read_plan(folder);
  const sweep::SweepConfig sweep = sweep::read_effective_sweep(folder);
  const std::vector<report::Condition> conditions = conditions_of(arguments, sweep);
  const sweep::Table table = sweep::collect(plan, sweep::PointStore(folder));
  const std::string text = sweep::findings(table, sweep) + failures_text(table);
  output::Files files = draw_plot(table, sweep, folder, context);
  files["sweep.csv"] = sweep::to_csv(table);
  files["sweep.txt"] = text;
  if (!table.rows.empty()) {
    std::vector<page::Source> sources(1);  // lent, not copied: the table may be large
    sources.front() = {folder.filename().string(), std::move(files)};
    std::string page = page::page_of(sources);
    files = std::move(sources.front().files);
    files[page::kFile] = std::move(page);
  }
  output::Folder(folder.string(), sweep::kResultKind, "folder").add(files);
  if (table.rows.size() != plan.points.size()) context.exit_code = kSweepIncomplete;
  if (!table.failures.empty())
    context.err << fmt::format("kiln: {} of {} points failed, see {}\n", table.failures.size(),
                               plan.points.size(), (folder / "sweep.txt").string());
  print_collected(table, plan.points.size(), files, text, folder, arguments, context);
  say_points_holding(conditions, table, context);
}

void work(const sweep::Plan& plan, const fs::path& folder, const SweepArguments& arguments,
          Context& context) {
  const auto show = arguments.quiet ? ShowProgress::never : show_progress_named(arguments.progress);
  ProgressLine line(context, show);
  sweep::WorkOptions options;
  options.jobs = arguments.jobs.value_or(std::max(1U, std::thread::hardware_concurrency()));
  options.time_limit_s = arguments.time_limit_s ? arguments.time_limit_s : plan.sweep.time_limit_s;
  end_in_good_order();
  options.interrupted = [stop = context.stop] { return stop != nullptr && *stop; };
  options.progress = [&](const sweep::Progress& progress) {
    line.show(fmt::format("{}: {}", plan.sweep.name, sweep::progress_text(progress)));
  };
  const auto note = [&](const std::string& text) {
    if (!arguments.quiet) context.err << output::terminal_text(fmt::format("kiln: note: {}\n", text));
  };
  output::Folder(folder.string(), sweep::kResultKind, "folder").check_add(kFiles);
  const sweep::PointStore store(folder);
  const sweep::PointRunner runner = sweep::experiment_runner(plan, cache_for(arguments.no_cache));
  const sweep::WorkResult result =
      arguments.cluster.wanted()
          ? work_on_cluster({plan, store, runner, folder}, arguments.cluster,
                            {arguments.jobs.value_or(1), arguments.no_cache, options}, note)
          : sweep::work(plan, store, runner, options);
  if (result.interrupted) {
    line.clear();
    context.err << fmt::format("kiln: note: {} points are kept; the same command goes on from here\n",
                               result.done);
    throw base::Interrupted();
  }
  if (result.failed > 0) context.exit_code = kSweepIncomplete;
}

sweep::Plan plan_into_folder(const SweepArguments& arguments, fs::path& folder) {
  sweep::Plan plan = sweep::make_plan(arguments.sweep, arguments.overrides, sweep::ExperimentIdentity());
  folder = folder_of(plan, arguments);
  check_folder(folder, plan);
  sweep::write_plan(plan, folder);
  return plan;
}

void status(const SweepArguments& arguments, Context& context) {
  const fs::path folder = arguments.folder;
  check_plan(folder);
  const sweep::StoredPlan plan = sweep::read_plan(folder);
  const sweep::PointStore store(folder);
  std::map<sweep::PointState, std::size_t> count;
  for (const auto& point : plan.points) ++count[store.state(point.hash)];
  using sweep::PointState;
  if (arguments.format == "json") {
    auto json = counts_json(plan.points.size(), count[PointState::done], count[PointState::failed], folder);
    json["running"] = count[PointState::running];
    json["pending"] = count[PointState::pending];
    context.out << output::json_text(json, 2) << '\n';
  } else {
    context.out << fmt::format("{} points: {} done, {} failed, {} running, {} pending\n", plan.points.size(),
                               count[PointState::done], count[PointState::failed], count[PointState::running],
                               count[PointState::pending])
                << cluster_text(folder);
    for (const auto& point : plan.points)
      if (store.state(point.hash) == PointState::failed)
        context.out << fmt::format("failed: {}: {}\n", sweep::label_text(point.labels),
                                   store.failure(point.hash));
  }
  if (count[PointState::done] != plan.points.size()) context.exit_code = kSweepIncomplete;
}

void add_file_options(CLI::App& command, SweepArguments& arguments) {
  command.add_option("sweep", arguments.sweep, "Sweep file or name, see 'kiln list sweep'")
      ->required()
      ->transform(file_named_in("sweeps"));
  add_set_option(command, arguments.overrides);
  command.add_option("--out", arguments.folder, "Folder of the results (default out/<name>)")
      ->check(not_empty());
}

void add_work_options(CLI::App& command, SweepArguments& arguments) {
  command
      .add_option("--jobs", arguments.jobs,
                  "Points at a time (default: one per core; per task of a cluster: 1)")
      ->check(CLI::Range(std::size_t{1}, std::size_t{1024}));
  add_cache_option(command, arguments.no_cache);
  add_time_limit(
      command, arguments.time_limit_s,
      "Wall time of a point, after which it has failed, e.g. 30s, 5min (default: time_limit of the file)");
  add_progress_option(command, arguments.progress);
}

void add_output_options(CLI::App& command, SweepArguments& arguments) {
  command.add_flag("--quiet", arguments.quiet, "Print nothing but errors");
  add_format_option(command, arguments.format, "What to print: text or json");
}

void add_fail_on(CLI::App& command, SweepArguments& arguments) {
  add_fail_on_option(command, arguments.fail_on, "condition holds at any point, e.g. 'throttled_time_s>0'");
}

void add_folder(CLI::App& command, SweepArguments& arguments) {
  command.add_option("folder", arguments.folder, "Folder of the sweep's results")->required();
}

}  // namespace

void add_sweep_command(CLI::App& app, Context& context) {
  CLI::App* command =
      app.add_subcommand("sweep", "Run an experiment at every combination of the values of some axes");
  command->require_subcommand(1);
  auto arguments = std::make_shared<SweepArguments>();

  CLI::App* run =
      command->add_subcommand("run", "Plan, work and collect; run again to go on after an interruption");
  add_file_options(*run, *arguments);
  add_work_options(*run, *arguments);
  add_output_options(*run, *arguments);
  add_fail_on(*run, *arguments);
  add_cluster_options(*run, arguments->cluster);
  run->callback([arguments, &context] {
    check_engine(arguments->cluster);
    fs::path folder;
    const sweep::Plan plan = plan_into_folder(*arguments, folder);
    conditions_of(*arguments, plan.sweep);  // refused before anything runs
    work(plan, folder, *arguments, context);
    collect(folder, *arguments, context);
  });

  CLI::App* plan =
      command->add_subcommand("plan", "Check every point and write plan.jsonl, without simulating");
  add_file_options(*plan, *arguments);
  plan->callback([arguments, &context] {
    fs::path folder;
    const std::size_t points = plan_into_folder(*arguments, folder).points.size();
    context.out << fmt::format("{} points in {}\n", points, (folder / "plan.jsonl").string());
  });

  CLI::App* work_on =
      command->add_subcommand("work", "Compute what a plan lacks; any number of these may run at once");
  add_folder(*work_on, *arguments);
  add_work_options(*work_on, *arguments);
  add_slice_option(*work_on, arguments->slice);
  work_on->callback([arguments, &context] {
    work(plan_again(arguments->folder, arguments->slice), arguments->folder, *arguments, context);
  });

  CLI::App* show_status =
      command->add_subcommand("status", "How far a sweep is; exit code 4 while it is incomplete");
  add_folder(*show_status, *arguments);
  add_output_options(*show_status, *arguments);
  show_status->callback([arguments, &context] { status(*arguments, context); });

  CLI::App* collect_all =
      command->add_subcommand("collect", "Write sweep.csv, sweep.txt and the plot of what is there");
  add_folder(*collect_all, *arguments);
  add_output_options(*collect_all, *arguments);
  add_fail_on(*collect_all, *arguments);
  collect_all->callback([arguments, &context] { collect(arguments->folder, *arguments, context); });
}

}  // namespace kiln::cli
