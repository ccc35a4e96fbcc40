// SPDX-License-Identifier: MIT
// What a result may depend on: groups of constants within their bands, and keys within given ranges.
#pragma once

#include <string>
#include <vector>

#include "config/parsed_files.h"
#include "experiment/constants.h"
#include "solve/axis.h"

namespace kiln::solve {

/// Something uncertain, moved by a level: -1 its low end, 0 as the experiment has it, 1 its high end.
struct Factor {
  std::string name;                             ///< "leakage", "environment.ambient"
  std::vector<experiment::Constant> constants;  ///< that move together; empty: a key
  Axis axis;                                    ///< of a key: a range
  std::string base;                             ///< of a key: its value in the experiment, for people

  bool is_key() const { return constants.empty(); }
  /// What a level means: "25 degC", "x 1.7" of a single constant or of all of a group, "0.4 of the band".
  std::string text(double level) const;
};

/// Groups of the constants that have a band, in the order of their names.
std::vector<Factor> factors_of_constants(const experiment::ExperimentConfig& experiment);

/// The experiment with its factors at these levels. Keys at level 0 keep their value. Throws ConfigError.
experiment::ExperimentConfig at_levels(const config::Node& tree, const std::string& file,
                                       const config::ParsedFiles& parts, const std::vector<Factor>& factors,
                                       const std::vector<double>& levels);

}  // namespace kiln::solve
