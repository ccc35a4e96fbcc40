// SPDX-License-Identifier: MIT
// A ladder of DRAM refresh rates against temperature, in place of the memory's own rule. The device walks it
// (dram/retention.h).
#pragma once

#include <vector>

#include "config/record.h"

namespace kiln::governor {

struct RefreshStepConfig {
  double above_c = 0;
  double rate = 1;  ///< times nominal
};

struct RefreshConfig {
  std::vector<RefreshStepConfig> steps = {{85, 2}, {95, 4}};
  double hysteresis_k = 5;
};
const config::Record<RefreshStepConfig>& describe(const RefreshStepConfig*);
const config::Record<RefreshConfig>& describe(const RefreshConfig*);

}  // namespace kiln::governor
