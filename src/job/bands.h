// SPDX-License-Identifier: MIT
// From the bands of a chip's constants to those of a job's numbers, as a run's: the job is done again by the
// two chips at the ends of the band of its joules (report/sensitivity.h), with power, heat, governor and
// supply, but without simulating its steps anew.
#pragma once

#include "job/outcome.h"
#include "job/steps.h"

namespace kiln::job {

/// Of the numbers that the constants move. `device` did the job under `experiment` and came to `outcome`.
/// Throws base::SimError or ConfigError where a constant within its band makes no chip.
report::Bands bands_of(const JobConfig& job, const experiment::ExperimentConfig& experiment, JobSteps& steps,
                       const device::Device& device, const Outcome& outcome, const run::Monitor& monitor);

}  // namespace kiln::job
