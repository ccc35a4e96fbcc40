// SPDX-License-Identifier: MIT
// What a run is known by before it runs.
#pragma once

#include <string>
#include <vector>

#include "experiment/experiment.h"

namespace kiln::experiment {

struct Identity {
  std::string effective;  ///< configuration, as config.effective.yaml holds it
  std::string hash;       ///< of that, the seed and the data files
};
Identity identify(const ExperimentConfig& experiment);

/// Files that an experiment reads besides its configuration: topology, gradients.
std::vector<std::string> data_files(const ExperimentConfig& experiment);

}  // namespace kiln::experiment
