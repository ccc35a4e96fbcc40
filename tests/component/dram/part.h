// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include "config/load.h"
#include "dram/dram_config.h"

namespace kiln::dram {

inline DramConfig load(const std::string& path) {
  return config::load<StandaloneConfig>(std::string(KILN_SOURCE_DIR) + "/" + path).value;
}

/// One channel of a part of configs/parts/dram.
inline DramConfig part(const std::string& name) {
  DramConfig config = load("configs/parts/dram/" + name + ".yaml");
  config.organisation.channels = 1;
  return config;
}

}  // namespace kiln::dram
