// SPDX-License-Identifier: MIT
// Lossy gradients may need more steps to the same accuracy: how many, by whoever measured it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "config/record.h"

namespace kiln::experiment {

struct AccuracyPoint {
  double ratio = 1;  ///< compression ratio against fp32 gradients
  double steps = 1;  ///< steps to the accuracy, over those without compression
};
const config::Record<AccuracyPoint>& describe(const AccuracyPoint*);

struct WorkToAccuracyConfig {
  std::string source;  ///< where the curve comes from
  std::vector<AccuracyPoint> curve;
};
const config::Record<WorkToAccuracyConfig>& describe(const WorkToAccuracyConfig*);

/// Steps that teach as much as one without compression: linear in the logarithm of the ratio between the
/// curve's points, held beyond its ends. Nothing without a curve: Kiln does not guess.
std::optional<double> steps_for_one(const WorkToAccuracyConfig& config, double ratio);

}  // namespace kiln::experiment
