// SPDX-License-Identifier: MIT
// What a regression check runs, and how far each number may move.
#pragma once

#include <string>
#include <vector>

#include "config/pattern_map.h"
#include "experiment/experiment.h"

namespace kiln::check {

/// A number may differ from the approved one by the larger of both.
struct Tolerance {
  double relative = 1e-6;  ///< share of the approved number
  double absolute = 0;     ///< in the number's own unit
  bool ignore = false;     ///< the number is not compared

  double allowed(double approved) const;
};
const config::Record<Tolerance>& describe(const Tolerance*);

/// The file check.yaml of a baseline; the approved results lie beside it in the folder `approved`.
struct CheckConfig {
  std::vector<experiment::ExperimentConfig> runs;
  Tolerance tolerance;                       ///< of every number
  config::PatternMap<Tolerance> tolerances;  ///< by key of summary.json, later ones win
  std::vector<std::string> never;            ///< conditions that fail a run whatever was approved
};
const config::Record<CheckConfig>& describe(const CheckConfig*);

}  // namespace kiln::check
