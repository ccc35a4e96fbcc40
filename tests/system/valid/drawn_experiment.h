// SPDX-License-Identifier: MIT
// Random experiments: supplied chips, networks and packages with many keys changed at once.
#pragma once

#include <string>
#include <vector>

namespace kiln::testing {

struct DrawnExperiment {
  std::string base;               ///< file of configs/experiments
  std::vector<std::string> sets;  ///< as --set takes them
  std::string text() const;
};

/// Not each is valid: some choices exclude one another, and are refused by name.
DrawnExperiment draw_experiment(int number);

}  // namespace kiln::testing
