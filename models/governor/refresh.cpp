// SPDX-License-Identifier: MIT
#include "governor/refresh.h"

namespace kiln::governor {

using config::Dimension;

const config::Record<RefreshStepConfig>& describe(const RefreshStepConfig*) {
  static const auto record =
      config::Record<RefreshStepConfig>("refresh_step", "One step of the refresh ladder")
          .field("above", &RefreshStepConfig::above_c,
                 {.doc = "Memory temperature from which it holds",
                  .unit = Dimension::temperature,
                  .min = -50,
                  .max = 150,
                  .required = true})
          .field("rate", &RefreshStepConfig::rate,
                 {.doc = "Refreshes per tREFI", .min = 0.125, .max = 8, .required = true});
  return record;
}

const config::Record<RefreshConfig>& describe(const RefreshConfig*) {
  static const auto record =
      config::Record<RefreshConfig>("refresh", "Refresh rate by memory temperature")
          .field("steps", &RefreshConfig::steps,
                 {.doc = "Ladder, temperatures rising",
                  .source = "JEDEC extended range: x2 above 85 degC, x4 above 95 degC"})
          .field("hysteresis", &RefreshConfig::hysteresis_k,
                 {.doc = "A step is left this far below its threshold",
                  .unit = Dimension::temperature_difference,
                  .min = 0,
                  .max = 50,
                  .source = "common driver practice: 5 K"})
          .check([](const RefreshConfig& c, config::Checker& check) {
            for (std::size_t i = 1; i < c.steps.size(); ++i)
              if (c.steps[i].above_c <= c.steps[i - 1].above_c)
                check.fail("steps", "temperatures must rise from step to step");
          });
  return record;
}

}  // namespace kiln::governor
