// SPDX-License-Identifier: MIT
#include "cli/run_batch.h"

#include "cli/cache_option.h"
#include "cli/output_options.h"
#include "cli/progress_line.h"
#include "cli/time_limit.h"

namespace kiln::cli {

void add_batch_options(CLI::App& command, BatchArguments& arguments) {
  add_jobs_option(command, arguments.jobs);
  add_cache_option(command, arguments.no_cache);
  add_time_limit(command, arguments.time_limit_s, "End as failed after this wall time, e.g. 30s, 5min");
  add_progress_option(command, arguments.progress);
}

std::vector<batch::Outcome> run_batch(const std::vector<const experiment::ExperimentConfig*>& runs,
                                      const BatchArguments& arguments, const Context& context) {
  ProgressLine line(context, show_progress_named(arguments.progress));
  const batch::BatchOptions options{cache_for(arguments.no_cache), arguments.jobs,
                                    watch_for(context, arguments.time_limit_s)};
  return batch::run_all(
      runs.size(), [&](std::size_t run) { return batch::run_for_numbers(*runs[run], options.cache); },
      options,
      [&](std::size_t done, std::size_t run) {
        line.show(fmt::format("{} of {} runs: {}", done, runs.size(), runs[run]->name));
      });
}

}  // namespace kiln::cli
