// SPDX-License-Identifier: MIT
// What a run is known by before it runs.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "experiment/experiment.h"

namespace kiln::experiment {

struct Identity {
  std::string effective;  ///< configuration, as config.effective.yaml holds it
  std::string hash;       ///< of that, the seed and the data files
};
Identity identify(const ExperimentConfig& experiment);

/// Whether a simulated step may depend on a key ("soc.noc.virtual_channels"; places in lists left out) and
/// what stands below it. It feels the operating point's clocks and refresh rate besides.
bool step_feels(std::string_view key);
/// All that a simulated step depends on besides its operating point. Steps of equal identity are the
/// same bytes.
std::string step_identity(const ExperimentConfig& experiment);

/// Files that an experiment reads besides its configuration: topology, gradients.
std::vector<std::string> data_files(const ExperimentConfig& experiment);

}  // namespace kiln::experiment
