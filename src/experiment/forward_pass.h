// SPDX-License-Identifier: MIT
// The forward pass of what an experiment trains.
#pragma once

#include "experiment/experiment.h"

namespace kiln::experiment {

/// Inference of the experiment's network at the training's batch, back to back: without what only a training
/// has.
ExperimentConfig forward_pass_of(ExperimentConfig experiment);

}  // namespace kiln::experiment
