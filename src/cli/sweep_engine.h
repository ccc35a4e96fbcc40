// SPDX-License-Identifier: MIT
// Where the points of a sweep are computed: options of a cluster, and of a part of a sweep.
#pragma once

#include <CLI/CLI.hpp>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "sweep/slice.h"
#include "sweep/workers.h"

namespace kiln::cli {

struct ClusterArguments {
  std::string engine = "local";
  std::string nodes;
  std::optional<double> task_s;  ///< of a task of the cluster
  std::vector<std::string> sbatch_options;

  bool wanted() const { return engine == "slurm"; }
};

void add_cluster_options(CLI::App& command, ClusterArguments& arguments);
/// Throws ConfigError for options of a cluster without one.
void check_engine(const ClusterArguments& arguments);
/// --slice I/N.
void add_slice_option(CLI::App& command, sweep::Slice& slice);

/// A sweep that is planned into its folder.
struct PlannedSweep {
  const sweep::Plan& plan;
  const sweep::PointStore& store;
  const sweep::PointRunner& runner;
  std::filesystem::path folder;
};

/// What a cluster's tasks have in common with work done here.
struct ClusterTask {
  std::size_t cpus = 1;
  bool no_cache = false;
  sweep::WorkOptions here;  ///< time limit of a point, interrupts, progress
};

/// Computes the sweep on the cluster; `note` gets what the user should know meanwhile.
sweep::WorkResult work_on_cluster(const PlannedSweep& sweep, const ClusterArguments& arguments,
                                  const ClusterTask& task,
                                  const std::function<void(const std::string&)>& note);

/// "job 12 of the cluster: 3 tasks run, 5 wait"; empty when no job of the sweep is in the queue.
std::string cluster_text(const std::filesystem::path& folder);

}  // namespace kiln::cli
