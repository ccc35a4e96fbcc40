// SPDX-License-Identifier: MIT
// How many more steps compressed gradients need to an accuracy, measured: what `kiln train --curve` writes
// and `compression.work_to_accuracy` of experiments reads, those on larger networks included.
#pragma once

#include <string>

#include "experiment/experiment.h"
#include "experiment/work_to_accuracy.h"
#include "output/cache.h"
#include "run/monitor.h"

namespace kiln::train {

/// Throws ConfigError where the experiment cannot give a curve: no target, no codec, codecs by layer.
void check_curve(const experiment::ExperimentConfig& experiment);

/// A curve through two points: ratio 1, and the ratio of the experiment's codec, each over all seeds. Both
/// are trained on numbers alone, without faults and at the plain learning rate. A seed reaches the target
/// between two judged epochs, in proportion. Throws ConfigError where the experiment cannot give a point,
/// SimError where a seed does not reach the target, or reaches it before it is judged for the first time.
experiment::WorkToAccuracyConfig measure_curve(const experiment::ExperimentConfig& experiment,
                                               const run::Monitor& monitor, const output::Cache& cache);

/// `known` with the points of `measured`, which replace those of equal ratio. Throws ConfigError naming
/// `file` where task or codec differ.
experiment::WorkToAccuracyConfig merge_curves(experiment::WorkToAccuracyConfig known,
                                              const experiment::WorkToAccuracyConfig& measured,
                                              const std::string& file);

}  // namespace kiln::train
