// SPDX-License-Identifier: MIT
// A network as a file that people read and change.
#pragma once

#include <string>
#include <vector>

#include "workload/network_config.h"

namespace kiln::workload {

/// One line per layer, without the keys that have their default; `notes` are comments at the top. Read again
/// it gives the same network.
std::string network_text(const NetworkConfig&, const std::vector<std::string>& notes = {});

}  // namespace kiln::workload
