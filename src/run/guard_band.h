// SPDX-License-Identifier: MIT
// Operating points at the voltages that the chip's guard band leaves them.
#pragma once

#include "base/watch.h"
#include "device/device.h"
#include "experiment/experiment.h"
#include "run/step_store.h"

namespace kiln::run {

/// The experiment with the voltages of its operating points, and the margin in them (`soc.rail.noise_limit`),
/// as `soc.guard_band` has them; unchanged without one, or with an adaptive one. Timing needs a point's own
/// voltage less the margin that was in it; none goes below the node's lowest. Throws base::ConfigError when
/// one would exceed the node's highest.
experiment::ExperimentConfig with_guard_band(const experiment::ExperimentConfig& experiment,
                                             const base::Watch& watch);

/// The same for an adaptive band: by the droop of the step at the highest operating point, which is simulated
/// and then charged at its new voltage. `steps` must have been made with `experiment`; a device made before
/// has the old voltages. False, and nothing done, without an adaptive band.
bool adapt_guard_band(experiment::ExperimentConfig& experiment, StepStore& steps,
                      const device::Device& device);

}  // namespace kiln::run
