// SPDX-License-Identifier: MIT
// What applies to each layer of an experiment, and where that is written.
#pragma once

#include <string>
#include <vector>

namespace kiln::cli {

/// A block per layer: what it is, what of it is trained at which precision, how its gradient is coded, and
/// each setting of the maps of layers with file and line. Throws ConfigError as a run would.
std::string layer_settings(const std::string& experiment, const std::vector<std::string>& overrides);

}  // namespace kiln::cli
