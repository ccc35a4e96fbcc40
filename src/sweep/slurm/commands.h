// SPDX-License-Identifier: MIT
// The commands of a Slurm cluster, as they are installed on this machine (22.05 and later: sbatch, squeue,
// scancel, scontrol, sinfo). They are run without a shell: no name of a file or a sweep is ever a command.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace kiln::sweep::slurm {

/// A job of many like tasks; `SLURM_ARRAY_TASK_ID` tells each its number, from 0.
struct Array {
  std::string name;
  std::size_t tasks = 1;
  std::size_t cpus = 1;                ///< of a task
  std::vector<std::string> not_on;     ///< nodes
  std::vector<std::string> options;    ///< of sbatch, the user's own
  std::string folder;                  ///< gets what each task prints, JOB_TASK.txt
  std::string script;                  ///< file
  std::vector<std::string> arguments;  ///< of the script
};

/// Tasks of a job that have not ended.
struct Queued {
  std::size_t running = 0, waiting = 0;
  bool none() const { return running + waiting == 0; }
};

/// Most tasks of one job, MaxArraySize of the cluster.
std::size_t most_tasks();
/// All nodes but those that `named` lists (n1,n[3-5]); none where it is empty, which means any. Throws
/// ConfigError for a node that the cluster has not.
std::vector<std::string> nodes_beside(const std::string& named);
/// Returns the number of the job. Throws SimError with what sbatch says, and, as all of these, ConfigError
/// where Slurm is not installed.
std::string submit(const Array& array);
/// Nothing while the controller does not answer: that says nothing of the tasks.
std::optional<Queued> queued(const std::string& job);
void cancel(const std::string& job);

}  // namespace kiln::sweep::slurm
