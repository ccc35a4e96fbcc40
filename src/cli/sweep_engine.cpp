// SPDX-License-Identifier: MIT
#include "cli/sweep_engine.h"

#include "base/error.h"
#include "base/text.h"
#include "cli/number_checks.h"
#include "cli/time_limit.h"
#include "sweep/slurm/engine.h"

namespace kiln::cli {

namespace {

CLI::Validator option_of_sbatch() {
  return {[](std::string& text) {
            return text.starts_with("-") ? std::string() : "must be an option of sbatch, not " + text;
          },
          ""};
}

sweep::Slice parse_slice(const std::string& text) {
  const std::vector<std::string> parts = base::split(text, '/');
  sweep::Slice slice;
  if (parts.size() == 2 && CLI::detail::lexical_cast(parts[0], slice.index) &&
      CLI::detail::lexical_cast(parts[1], slice.count) && slice.index < slice.count)
    return slice;
  throw CLI::ValidationError("--slice", "must be a number below another, as 3/8, not " + text);
}

}  // namespace

void add_cluster_options(CLI::App& command, ClusterArguments& arguments) {
  command
      .add_option("--engine", arguments.engine,
                  "Where points are computed: local (this machine) or slurm (a cluster whose nodes see the "
                  "folder of the results)")
      ->check(CLI::IsMember({"local", "slurm"}))
      ->capture_default_str();
  command
      .add_option("--nodes", arguments.nodes, "Nodes of the cluster to use, e.g. n1,n[3-5] (default: any)")
      ->check(not_empty());
  add_time_option(command, "--task-time", arguments.task_s,
                  "What a task of the cluster takes at least, by the time of points computed here first, "
                  "e.g. 2min (default: 60s)");
  command
      .add_option("--sbatch", arguments.sbatch_options,
                  "An option of sbatch, e.g. --sbatch=--partition=long; may be repeated")
      ->check(option_of_sbatch())
      ->allow_extra_args(false);
}

void check_engine(const ClusterArguments& arguments) {
  if (arguments.wanted()) return;
  const char* given = !arguments.nodes.empty()            ? "--nodes"
                      : arguments.task_s                  ? "--task-time"
                      : !arguments.sbatch_options.empty() ? "--sbatch"
                                                          : nullptr;
  if (given != nullptr)
    throw base::ConfigError({given, 0, 0}, "", "is for a cluster; add --engine slurm, or leave it out");
}

void add_slice_option(CLI::App& command, sweep::Slice& slice) {
  command
      .add_option_function<std::string>(
          "--slice", [&slice](const std::string& text) { slice = parse_slice(text); },
          "Only every N-th point of the plan, from number I on, counted from 0")
      ->type_name("I/N");
}

sweep::WorkResult work_on_cluster(const PlannedSweep& sweep, const ClusterArguments& arguments,
                                  const ClusterTask& task,
                                  const std::function<void(const std::string&)>& note) {
  sweep::slurm::EngineOptions options;
  options.folder = std::filesystem::canonical(sweep.folder);
  options.program = std::filesystem::canonical("/proc/self/exe").string();
  if (arguments.task_s) options.task_s = *arguments.task_s;
  options.cpus = task.cpus;
  options.nodes = arguments.nodes;
  options.sbatch_options = arguments.sbatch_options;
  if (task.no_cache) options.work_options.push_back("--no-cache");
  if (task.here.time_limit_s)
    options.work_options.push_back(fmt::format("--time-limit={}s", *task.here.time_limit_s));
  options.interrupted = task.here.interrupted;
  options.progress = task.here.progress;
  options.note = note;
  return sweep::slurm::work(sweep.plan, sweep.store, sweep.runner, options);
}

std::string cluster_text(const std::filesystem::path& folder) {
  const auto state = sweep::slurm::job_of(folder);
  if (!state) return {};
  return fmt::format("job {} of the cluster: {} tasks run, {} wait\n", state->job, state->tasks.running,
                     state->tasks.waiting);
}

}  // namespace kiln::cli
