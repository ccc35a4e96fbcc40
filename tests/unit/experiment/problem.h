// SPDX-License-Identifier: MIT
// What a shipped experiment is refused for when some of its keys are changed.
#pragma once

#include <string>
#include <vector>

#include "base/error.h"
#include "config/load.h"
#include "experiment/experiment.h"

namespace kiln::testing {

/// Empty where it is not.
inline std::string problem_of(const std::vector<std::string>& sets) {
  try {
    config::load<experiment::ExperimentConfig>(
        std::string(KILN_SOURCE_DIR) + "/configs/experiments/passive_edge.yaml", sets);
    return "";
  } catch (const base::ConfigError& error) {
    return error.what();
  }
}

}  // namespace kiln::testing
