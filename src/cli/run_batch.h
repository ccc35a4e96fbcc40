// SPDX-License-Identifier: MIT
// What the commands share that run a list of experiments for their numbers alone.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "batch/processes.h"
#include "cli/command.h"
#include "cli/jobs_option.h"

namespace kiln::cli {

struct BatchArguments {
  int jobs = usual_jobs();
  bool no_cache = false;
  std::string progress = "auto";
  std::optional<double> time_limit_s;
};
/// --jobs, --no-cache, --progress and --time-limit.
void add_batch_options(CLI::App& command, BatchArguments& arguments);

/// One outcome for each, in their order, while a line says how far it is.
std::vector<batch::Outcome> run_batch(const std::vector<const experiment::ExperimentConfig*>& runs,
                                      const BatchArguments& arguments, const Context& context);

}  // namespace kiln::cli
