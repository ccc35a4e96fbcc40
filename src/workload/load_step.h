// SPDX-License-Identifier: MIT
// A network file of either kind, by its ending.
#pragma once

#include <string>

#include "workload/expand.h"

namespace kiln::workload {

/// `.csv`: a SCALE-Sim topology (scalesim.h); anything else: a network in YAML. The rewrites of `training`
/// need YAML. Throws ConfigError with the place.
StepGraph load_step(const std::string& path, const TrainingConfig& training);

/// The same without training: shapes only.
Network load_network(const std::string& path);

}  // namespace kiln::workload
