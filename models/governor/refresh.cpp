// SPDX-License-Identifier: MIT
#include "governor/refresh.h"

#include <cmath>

namespace kiln::governor {

using config::Dimension;

const config::Record<RefreshStepConfig>& describe(const RefreshStepConfig*) {
  static const auto record =
      config::Record<RefreshStepConfig>("refresh_step", "One step of the refresh ladder")
          .field("above", &RefreshStepConfig::above_c,
                 {.doc = "Memory temperature above which it holds",
                  .unit = Dimension::temperature,
                  .min = -50,
                  .max = 150,
                  .required = true})
          .field("rate", &RefreshStepConfig::rate,
                 {.doc = "Refresh rate over nominal", .min = 0.1, .max = 16, .required = true});
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

double RefreshGovernor::update(double memory_c) {
  const auto& steps = config_.steps;
  if (std::isnan(memory_c)) step_ = steps.size();
  while (step_ < steps.size() && memory_c > steps[step_].above_c) ++step_;
  while (step_ > 0 && memory_c < steps[step_ - 1].above_c - config_.hysteresis_k) --step_;
  return step_ == 0 ? 1.0 : steps[step_ - 1].rate;
}

}  // namespace kiln::governor
