// SPDX-License-Identifier: MIT
// The key `learning.staleness`: how many updates the weights of a gradient have missed when it is applied.
#pragma once

#include <string>
#include <vector>

#include "config/input_file.h"
#include "config/record.h"

namespace kiln::learning {

struct StalenessConfig {
  std::vector<double> missed;         ///< shares or counts of gradients that miss 0, 1, 2, ... updates
  config::InputFile fleet;            ///< fleet.json of `kiln fleet`, in place of `missed`
  std::vector<std::string> critical;  ///< layers whose weights are always today's; names or patterns
};
const config::Record<StalenessConfig>& describe(const StalenessConfig*);

/// Shares of gradients that miss 0, 1, 2, ... updates, from `missed` or the fleet's file; they sum up to 1.
/// Throws ConfigError for a file that is no result of a fleet.
std::vector<double> shares_of(const StalenessConfig& config);

}  // namespace kiln::learning
