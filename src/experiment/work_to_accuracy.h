// SPDX-License-Identifier: MIT
// Lossy gradients may need more steps to the same accuracy: how many, by whoever measured it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "config/record.h"

namespace kiln::experiment {

struct AccuracyPoint {
  double ratio = 1;                 ///< compression ratio against fp32 gradients
  double steps = 1;                 ///< steps to the accuracy, over those without compression
  std::optional<double> low, high;  ///< its band, over seeds; absent: none
};
const config::Record<AccuracyPoint>& describe(const AccuracyPoint*);

struct WorkToAccuracyConfig {
  std::string source;  ///< who measured the curve
  std::string task;    ///< on what: network, data, target, precision, seeds
  std::string codec;   ///< with what, as compression::family_text; empty: any
  std::vector<AccuracyPoint> curve;
};
const config::Record<WorkToAccuracyConfig>& describe(const WorkToAccuracyConfig*);

/// Steps that teach as much as one without compression, and their band.
struct StepsForOne {
  double steps = 1, low = 1, high = 1;
};
/// Linear in the logarithm of the ratio between the curve's points, held beyond its ends. Nothing without a
/// curve: Kiln does not guess.
std::optional<StepsForOne> steps_for_one(const WorkToAccuracyConfig& config, double ratio);

}  // namespace kiln::experiment
