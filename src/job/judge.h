// SPDX-License-Identifier: MIT
// Whether a job's result may be used, and what speaks against it.
#pragma once

#include "job/outcome.h"
#include "soc/floorplan.h"

namespace kiln::job {

/// `experiment` is the job's under the outcome's governor.
report::Validity judge(const JobConfig& job, const experiment::ExperimentConfig& experiment,
                       const soc::ChipPlan& plan, const Outcome& outcome);

}  // namespace kiln::job
