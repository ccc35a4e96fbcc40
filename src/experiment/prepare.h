// SPDX-License-Identifier: MIT
// From an experiment to everything the simulation needs, without simulating.
#pragma once

#include <string>
#include <vector>

#include "experiment/experiment.h"
#include "experiment/gradient_codec.h"
#include "lowering/lower.h"
#include "soc/floorplan.h"
#include "workload/network.h"

namespace kiln::experiment {

struct Prepared {
  workload::StepGraph graph;
  lowering::Target target;
  MeasuredCompression compression;
  lowering::LoweredStep step;
  soc::ChipPlan plan;
  std::vector<std::string> op_names;
  double frozen_fraction = 0;
};

/// The network that is trained: of the workload or the topology, after the rewrites that the training asks
/// for.
workload::Network network_of(const ExperimentConfig& experiment);

/// Throws ConfigError, naming the keys, for what only shows when parts meet.
Prepared prepare(const ExperimentConfig& experiment, const base::Watch& watch = {});

}  // namespace kiln::experiment
