// SPDX-License-Identifier: MIT
// Whether a training's numbers may be used, and what speaks against it.
#pragma once

#include "experiment/experiment.h"
#include "soc/floorplan.h"
#include "train/outcome.h"

namespace kiln::train {

/// Of all that is known of it; the worst first. Heat is that of the epochs that were learnt in.
report::Validity judge(const experiment::ExperimentConfig& experiment, const soc::ChipPlan& plan,
                       const Training& training);

}  // namespace kiln::train
