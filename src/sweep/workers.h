// SPDX-License-Identifier: MIT
// Runs the points of a plan in processes of their own: SystemC allows one simulation per process, and a point
// that crashes takes nothing else with it.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>

#include "base/watch.h"
#include "sweep/plan.h"
#include "sweep/point_store.h"

namespace kiln::sweep {

/// Names and contents of a point's result files, summary.json among them. Called in a forked child with the
/// watch over the point's time; what it throws becomes the point's failure.
using PointRunner = std::function<std::map<std::string, std::string>(const Point&, const base::Watch&)>;

struct Progress {
  std::size_t points = 0;
  std::size_t done = 0;
  std::size_t failed = 0;
  std::size_t running = 0;    ///< in this process's children
  std::size_t done_here = 0;  ///< since work() began, failed ones included
  double elapsed_s = 0;
};

struct WorkOptions {
  std::size_t jobs = 1;
  std::function<bool()> interrupted;              ///< may be empty
  std::optional<double> time_limit_s;             ///< wall time of a point; beyond it it has failed
  std::function<void(const Progress&)> progress;  ///< may be empty
};

struct WorkResult {
  std::size_t done = 0;
  std::size_t failed = 0;
  bool interrupted = false;
};

/// Computes what is pending or failed, waits for what other processes compute, and returns when no point is
/// pending or running. A point that fails here is not tried again.
WorkResult work(const Plan& plan, const PointStore& store, const PointRunner& runner,
                const WorkOptions& options);

/// "37 of 108 done, 1 failed, 2 running, about 1 min 5 s left".
std::string progress_text(const Progress& progress);

}  // namespace kiln::sweep
