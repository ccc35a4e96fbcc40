// SPDX-License-Identifier: MIT
// From the bands of the chips' constants to those of a plan's numbers, as a fleet's: the plan is simulated
// again with all chips at the two ends of the band of the joules of their steps (report/sensitivity.h), from
// the steps that are at hand. Of the stages on a device the one that takes most joules stands for all. Links,
// sensors and flash stay as they are.
#pragma once

#include "pipeline/result.h"
#include "pipeline/run.h"

namespace kiln::pipeline {

/// Fills in `result.bands`; `programs` and its machines, still there, are those that came to it. Throws
/// base::SimError or ConfigError where a constant within its band makes no chip.
void add_bands(const PipelineConfig& config, const PlanConfig& plan, Programs& programs,
               const PipelineOptions& options, PlanResult& result);

}  // namespace kiln::pipeline
