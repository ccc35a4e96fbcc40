// SPDX-License-Identifier: MIT
// DRAM refresh rate against temperature: 2x above 85 degC, 4x above 95 degC (JESD79-4 and JESD209-4 extended
// range; HBM tables are vendor specific and follow the same rule), with hysteresis on the way down.
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

class RefreshGovernor {
 public:
  explicit RefreshGovernor(const RefreshConfig& config) : config_(config) {}

  /// Refresh rate over nominal for this memory temperature. A dead sensor (NaN) gets the highest rate.
  double update(double memory_c);
  void reset() { step_ = 0; }
  std::vector<double> state() const { return {static_cast<double>(step_)}; }

 private:
  RefreshConfig config_;
  std::size_t step_ = 0;  ///< steps in force: 0 is nominal
};

}  // namespace kiln::governor
