// SPDX-License-Identifier: MIT
// A sweep's points computed by the nodes of a Slurm cluster: a job array whose tasks each run 'kiln sweep
// work' on a slice of the plan, in a folder that all nodes see. Results and locks are those of any other
// worker, so engines may be mixed and changed, and whatever is killed, running again goes on.
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "sweep/slurm/commands.h"
#include "sweep/workers.h"

namespace kiln::sweep::slurm {

struct EngineOptions {
  std::filesystem::path folder;             ///< of the sweep, absolute
  std::string program;                      ///< this one, as the nodes find it, absolute
  double task_s = 60;                       ///< what a task takes at least, so that its start weighs little
  std::size_t cpus = 1;                     ///< of a task, each with a point
  std::string nodes;                        ///< those to use (n1,n[3-5]); empty: any
  std::vector<std::string> sbatch_options;  ///< the user's own
  std::vector<std::string> work_options;    ///< of 'kiln sweep work'
  std::function<bool()> interrupted;
  std::function<void(const Progress&)> progress;  ///< may be empty
  std::function<void(const std::string&)> note;   ///< what the user should know meanwhile
};

/// Computes points here for a few seconds, to learn how long one takes; what is left then becomes a job of as
/// many tasks as take `task_s` each, and is waited for. A job of this sweep that is in the queue already is
/// waited for first. Interrupted, the job is cancelled. Throws ConfigError where Slurm is not installed or
/// has no such node.
WorkResult work(const Plan& plan, const PointStore& store, const PointRunner& runner,
                const EngineOptions& options);

/// The sweep's job, when one is in the queue now.
struct JobState {
  std::string job;
  Queued tasks;
};
std::optional<JobState> job_of(const std::filesystem::path& folder);

}  // namespace kiln::sweep::slurm
