// SPDX-License-Identifier: MIT
// manifest.json: what made a folder of results.
#pragma once

#include <cstdint>
#include <string>

#include "output/json.h"

namespace kiln::output {

/// What each manifest begins with: the program, what was configured and the hash of that, the seed.
Json manifest_of(const std::string& name, const std::string& config_hash, std::uint64_t seed);

}  // namespace kiln::output
