// SPDX-License-Identifier: MIT
// A network as a file that people read and change.
#pragma once

#include <string>
#include <vector>

#include "config/schema_line.h"
#include "workload/network_config.h"

namespace kiln::workload {

/// One line per layer, without the keys that have their default; `notes` are comments below the first line.
/// Read again it gives the same network.
std::string network_text(const NetworkConfig&, const std::vector<std::string>& notes = {},
                         const std::string& first_line = config::schema_line("network"));

}  // namespace kiln::workload
