// SPDX-License-Identifier: MIT
// The rail that feeds the memory device, and what its controller does about droops.
#pragma once

#include <span>
#include <vector>

#include "config/record.h"
#include "dram/eye.h"
#include "pdn/rail_config.h"

namespace kiln::soc {

enum class DroopAnswer {
  none,         ///< bits go wrong
  slower_clock  ///< training finds no clean eye and settles at the highest clock that has one
};
std::span<const config::EnumName<DroopAnswer>> enum_names(const DroopAnswer*);

/// Stages from the regulator (board) to the device.
struct MemoryRailConfig {
  double load_line_ohm = 0;
  std::vector<pdn::StageConfig> stages = {
      {"board", 200e-12, 2e-3, 44e-6, 1.5e-3},
      {"device", 25e-12, 2e-3, 200e-9, 5e-3},
  };
  dram::EyeConfig eye;
  DroopAnswer answer = DroopAnswer::none;

  /// At the nominal voltage of the standard, with the range that it allows.
  pdn::RailConfig rail(dram::Standard standard) const;
};
const config::Record<MemoryRailConfig>& describe(const MemoryRailConfig*);

}  // namespace kiln::soc
