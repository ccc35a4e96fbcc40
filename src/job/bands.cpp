// SPDX-License-Identifier: MIT
#include "job/bands.h"

#include <algorithm>

#include "base/error.h"
#include "job/metrics.h"
#include "job/timeline.h"
#include "report/sensitivity.h"

namespace kiln::job {

namespace {

using Numbers = std::vector<std::pair<std::string, double>>;

/// The kind of step that takes most of the joules: its counts stand for all.
StepKind dearest(const JobSteps& steps, const Outcome& outcome) {
  std::optional<StepKind> most;
  const auto joules = [&](StepKind kind) { return outcome.work.dynamic_j[static_cast<std::size_t>(kind)]; };
  for (int i = 0; i < kStepKinds; ++i)
    if (const auto kind = static_cast<StepKind>(i); steps.has(kind))
      if (!most || joules(kind) > joules(*most)) most = kind;
  KILN_CHECK(most, "a job without steps");
  return *most;
}

report::Corners corners_of_job(const experiment::ExperimentConfig& experiment, JobSteps& steps,
                               const device::Device& device, const Outcome& outcome,
                               const std::vector<experiment::Constant>& constants) {
  const StepKind kind = dearest(steps, outcome);
  const run::MappingChoice mapping;  // what was tried plays no part
  return report::corners_of(report::findings_of(experiment, steps.prepared(kind), mapping, outcome.observed,
                                                steps.of(kind), device),
                            constants);
}

/// What is known where the other chip's governor goes to points that no step is known at.
Numbers in_proportion(const Outcome& outcome, double ratio) {
  Numbers numbers = numbers_of(outcome);
  for (auto& [key, value] : numbers)
    if (key == "energy_j" || key == "board_j" || key == "drawn_j") value *= ratio;
  return numbers;
}

Numbers numbers_with(const soc::SocConfig& chip, double ratio, JobConfig job,
                     experiment::ExperimentConfig experiment, JobSteps& steps, const Outcome& outcome,
                     const run::Monitor& monitor) {
  job.experiment.soc = chip;
  experiment.soc = chip;
  JobSteps moved(steps, job.experiment, monitor);
  try {
    return numbers_of(Timeline(job, experiment, moved, monitor).run());
  } catch (const base::SimError&) {
    return in_proportion(outcome, ratio);
  }
}

void widen(report::Bands& bands, const Numbers& numbers) {
  for (const auto& [key, value] : numbers)
    if (const auto found = bands.find(key); found != bands.end()) {
      found->second.low = std::min(found->second.low, value);
      found->second.high = std::max(found->second.high, value);
    }
}

}  // namespace

report::Bands bands_of(const JobConfig& job, const experiment::ExperimentConfig& experiment, JobSteps& steps,
                       const device::Device& device, const Outcome& outcome, const run::Monitor& monitor) {
  const std::vector<experiment::Constant> constants = experiment::banded_constants(experiment);
  if (constants.empty() || outcome.observed.steps <= 0) return {};
  const report::Corners corners = corners_of_job(experiment, steps, device, outcome, constants);
  report::Bands bands;
  for (const auto& [key, value] : numbers_of(outcome)) bands[key] = {value, value};
  widen(bands, numbers_with(corners.low, corners.low_ratio, job, experiment, steps, outcome, monitor));
  widen(bands, numbers_with(corners.high, corners.high_ratio, job, experiment, steps, outcome, monitor));
  std::erase_if(bands, [](const auto& entry) { return entry.second.low == entry.second.high; });
  return bands;
}

}  // namespace kiln::job
