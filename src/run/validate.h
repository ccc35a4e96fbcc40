// SPDX-License-Identifier: MIT
// `kiln validate`: everything a run does before it simulates.
#pragma once

#include <string>

#include "experiment/experiment.h"

namespace kiln::run {

/// Checks and lowers without simulating; the text says what would run. Throws base::ConfigError, naming the
/// keys, for what only shows when parts meet.
std::string validate_experiment(const experiment::ExperimentConfig& experiment);

}  // namespace kiln::run
