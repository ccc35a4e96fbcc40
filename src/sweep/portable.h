// SPDX-License-Identifier: MIT
// A sweep as it can be run again from any folder and without its command line.
#pragma once

#include <string>
#include <vector>

#include "sweep/sweep_config.h"

namespace kiln::sweep {

/// `sweep` with the absolute name of its experiment and of every file that a key of its settings names, and
/// with `overrides` (key=value), which go before all settings, as the last of them.
SweepConfig portable(SweepConfig sweep, const std::string& experiment_file,
                     const std::vector<std::string>& overrides);

}  // namespace kiln::sweep
