// SPDX-License-Identifier: MIT
#include "thermal/runaway.h"

#include <fmt/core.h>

#include <utility>

namespace kiln::thermal {

ThermalRunaway::ThermalRunaway(std::string block, double loop_gain, double temperature_c)
    : TooHot(fmt::format(
          "thermal runaway at block '{}' ({:.1f} degC): loop gain {:.3f} >= 1; lower its power or "
          "leakage, or cool better",
          block, temperature_c, loop_gain)),
      block_(std::move(block)),
      loop_gain_(loop_gain) {}

ThermalRunaway::ThermalRunaway(const std::string& block, double temperature_c)
    : TooHot(fmt::format("thermal runaway: block '{}' reaches {:.4g} degC; lower its power or leakage, or "
                         "cool better",
                         block, temperature_c)),
      block_(block),
      loop_gain_(1) {}

}  // namespace kiln::thermal
