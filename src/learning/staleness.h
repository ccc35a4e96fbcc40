// SPDX-License-Identifier: MIT
// The key `learning.staleness`: how many updates the weights of a gradient have missed when it is applied.
#pragma once

#include <string>
#include <vector>

#include "config/input_file.h"
#include "config/record.h"

namespace kiln::learning {

/// Of one worker.
struct WorkerStalenessConfig {
  std::vector<double> missed;  ///< shares or counts of its gradients that miss 0, 1, 2, ... updates
};
const config::Record<WorkerStalenessConfig>& describe(const WorkerStalenessConfig*);

struct StalenessConfig {
  std::vector<double> missed;  ///< shares or counts of gradients that miss 0, 1, 2, ... updates
  std::vector<WorkerStalenessConfig> workers;  ///< each its own, in place of `missed`
  config::InputFile fleet;                     ///< fleet.json of `kiln fleet`, in place of both
  bool per_worker = false;                     ///< each worker draws for itself; of a fleet from its device's
  std::vector<std::string> critical;           ///< layers whose weights are always today's; names or patterns
};
const config::Record<StalenessConfig>& describe(const StalenessConfig*);

/// Shares of gradients that miss 0, 1, 2, ... updates; they sum up to 1.
using Shares = std::vector<double>;
/// One for all workers of a step, who miss as many, or one for each of them. Throws ConfigError for a file
/// that is no result of a fleet, and where there are not as many workers.
std::vector<Shares> shares_of(const StalenessConfig& config, int workers);
/// The same without its file, whose numbers are written out.
StalenessConfig without_file(const StalenessConfig& config, int workers);

}  // namespace kiln::learning
