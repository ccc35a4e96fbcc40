// SPDX-License-Identifier: MIT
// Runs of experiments, so many at a time, each in a process of its own.
#pragma once

#include <functional>
#include <vector>

#include "base/watch.h"
#include "batch/outcome.h"
#include "experiment/prepare.h"
#include "output/cache.h"

namespace kiln::batch {

struct BatchOptions {
  output::Cache cache;     ///< of simulated steps, which the runs share
  int processes = 1;       ///< at a time
  base::Watch watch = {};  ///< ends all runs
};

/// Called in the process of the run; what it throws becomes the outcome's failure.
using Runner = std::function<Outcome(std::size_t index)>;
/// Called as runs end, with how many have.
using Done = std::function<void(std::size_t done, std::size_t index)>;

/// The outcomes of `count` runs, in their order. Throws base::SimError where no process can be made, and
/// base::Stopped when the watch ends the work; no process is left then.
std::vector<Outcome> run_all(std::size_t count, const Runner& runner, const BatchOptions& options,
                             const Done& done = {});

enum class Bands { wanted, left_out };
/// One experiment, its numbers alone; without bands they lie between themselves. `prepared`: the experiment
/// prepared before, which the run uses up: that of another process is a copy.
Outcome run_for_numbers(const experiment::ExperimentConfig& experiment, const output::Cache& cache,
                        Bands bands = Bands::wanted, experiment::Prepared* prepared = nullptr);

}  // namespace kiln::batch
