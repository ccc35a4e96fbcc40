// SPDX-License-Identifier: MIT
// A fleet from its configuration to its result.
#pragma once

#include <functional>
#include <string>

#include "fleet/result.h"

namespace kiln::fleet {

struct FleetOptions {
  batch::BatchOptions batch;  ///< cache of steps and watch
  std::function<void(const std::string& what)> progress = {};

  void report(const std::string& what) const {
    if (progress) progress(what);
  }
};

/// Prepares and simulates the devices, then the fleet over its link. Throws ConfigError for what only shows
/// when parts meet, SimError when a simulation fails, base::Stopped when the watch ends it.
Result run_fleet(const FleetConfig& config, const FleetOptions& options);
/// Devices that are there, over another link.
Result run_over(const FleetConfig& config, const link::LinkConfig& link, Devices& devices,
                const FleetOptions& options);

}  // namespace kiln::fleet
