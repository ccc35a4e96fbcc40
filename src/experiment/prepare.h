// SPDX-License-Identifier: MIT
// From an experiment to everything the simulation needs, without simulating.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "experiment/experiment.h"
#include "experiment/gradient_codec.h"
#include "experiment/ways.h"
#include "lowering/lower.h"
#include "soc/floorplan.h"
#include "workload/network.h"

namespace kiln::experiment {

struct Prepared {
  workload::StepGraph graph;
  lowering::Target target;
  MeasuredCompression compression;
  std::vector<Way> ways;  ///< that the mapping leaves open, one at least
  Way way;                ///< of `step`
  lowering::LoweredStep step;
  soc::ChipPlan plan;
  std::vector<std::string> op_names;
  /// What the step depends on beside the configuration's keys: a compression that was not measured here, the
  /// cuts of checkpointing that were chosen for all ways together. Else empty.
  std::string beside_keys;
  double frozen_fraction = 0;
};

/// The network that is trained: of the workload or the topology, after the rewrites that the training asks
/// for.
workload::Network network_of(const ExperimentConfig& experiment);

/// The step in one way. Throws ConfigError when it does not fit the memories.
lowering::LoweredStep lower_as(const ExperimentConfig& experiment, const Prepared& prepared, const Way& way,
                               const base::Watch& watch);

/// Lowered in the first way that fits. `measured`: what gradients come to, found by training; else they are
/// measured here. Throws ConfigError, naming the keys, for what only shows when parts meet.
Prepared prepare(const ExperimentConfig& experiment, const base::Watch& watch = {},
                 std::optional<MeasuredCompression> measured = {});

}  // namespace kiln::experiment
