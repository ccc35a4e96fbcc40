// SPDX-License-Identifier: MIT
#include "train/verdict.h"

#include <fmt/core.h>

#include <algorithm>

#include "report/heat_limits.h"

namespace kiln::train {

namespace {

using report::Severity;

/// Numbers of the seeds that are left hold, but for a training that does diverge now and then.
void judge_seeds(const Training& training, report::Validity& found) {
  const auto all = training.seeds.size();
  const bool some_left = diverged_seeds(training) < static_cast<int>(all);
  for (const SeedRecord& seed : training.seeds)
    if (const auto epoch = seed.diverged_in()) {
      const std::string left = some_left ? fmt::format("; results are those of the other {} of {} seeds",
                                                       told_seeds(training).size(), all)
                                         : "";
      found.add("diverged", some_left ? Severity::warn : Severity::invalid, *epoch, 0,
                fmt::format("seed {}", seed.seed),
                fmt::format("diverged in epoch {} (seed {}): the loss is no number from there on{}; a lower "
                            "learning.rate.initial{}",
                            *epoch, seed.seed, left,
                            training.has_faults ? ", or learning.faults.guard against wrong bits" : ""));
    }
}

/// It matters to seeds that would have learnt on.
void judge_shutdown(const Training& training, const std::string& where, report::Validity& found) {
  if (training.device.empty() || !training.device.back().shut_down) return;
  const std::vector<const SeedRecord*> told = told_seeds(training);
  const bool all_reached = std::all_of(told.begin(), told.end(), [&](const SeedRecord* seed) {
    return to_target(training, *seed).has_value();
  });
  if (all_reached) return;
  const auto epochs = static_cast<std::int32_t>(training.device.size());
  found.add("shutdown", Severity::invalid, time_of(training, epochs), 0, where,
            fmt::format("the device switched itself off in epoch {}, before all epochs were done", epochs));
}

void judge_device(const experiment::ExperimentConfig& experiment, const soc::ChipPlan& plan,
                  const Training& training, report::Validity& found) {
  judge_shutdown(training, "device", found);
  const std::int32_t epochs = longest(training);
  if (epochs > 0)
    report::judge_heat(experiment, plan,
                       {training.device[static_cast<std::size_t>(epochs - 1)].peak_block_c,
                        skin_of(training, epochs).value_or(report::HeatPeaks{}.skin_c)},
                       found);
  report::judge_cold(experiment.environment.ambient_c, "environment.ambient", found);
}

}  // namespace

report::Validity judge(const experiment::ExperimentConfig& experiment, const soc::ChipPlan& plan,
                       const Training& training) {
  report::Validity found;
  judge_seeds(training, found);
  if (!training.refused_samples.empty())
    found.add("synthetic_refused", Severity::warn, training.quality->frechet, training.quality->frechet_floor,
              "learning.data.synthetic",
              fmt::format("the synthetic samples did not pass their gate and were not learnt from: {}",
                          training.refused_samples));
  judge_device(experiment, plan, training, found);
  found.sort();
  return found;
}

}  // namespace kiln::train
