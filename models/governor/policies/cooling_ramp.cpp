// SPDX-License-Identifier: MIT
#include "governor/policies/cooling_ramp.h"

namespace kiln::governor {

using config::Dimension;

const config::Record<CoolingRampConfig>& describe(const CoolingRampConfig*) {
  static const auto record =
      config::Record<CoolingRampConfig>("cooling_ramp", "Active cooling by the rise above ambient")
          .field("start", &CoolingRampConfig::start_k,
                 {.doc = "Rise from which cooling increases",
                  .unit = Dimension::temperature_difference,
                  .min = 0,
                  .max = 200,
                  .source = "estimate: 10 K before the full-cooling point"})
          .field("full", &CoolingRampConfig::full_k,
                 {.doc = "Rise from which it runs at full",
                  .unit = Dimension::temperature_difference,
                  .min = 0,
                  .max = 200,
                  .source = "article on transfer learning, section 8: dT above 35 degC, liquid throttling"})
          .field("idle_level", &CoolingRampConfig::idle_level,
                 {.doc = "Cooling level below start",
                  .unit = Dimension::fraction,
                  .min = 0,
                  .max = 1,
                  .source = "estimate: pumps do not restart reliably from standstill"})
          .field("step", &CoolingRampConfig::step,
                 {.doc = "Step of the ramp between idle and full",
                  .unit = Dimension::fraction,
                  .min = 0.01,
                  .max = 1,
                  .source = "estimate"})
          .field("hysteresis", &CoolingRampConfig::hysteresis_k,
                 {.doc = "A step comes back this far below where it went",
                  .unit = Dimension::temperature_difference,
                  .min = 0,
                  .max = 50,
                  .source = "estimate: two to four sensor steps"})
          .check([](const CoolingRampConfig& c, config::Checker& check) {
            if (c.start_k >= c.full_k) check.fail("start", "must lie below full");
          });
  return record;
}

CoolingRamp::CoolingRamp(const CoolingRampConfig& config, std::span<const OperatingPoint> table)
    : config_(config),
      ramp_{config.start_k, config.full_k, 0, config.step},
      top_level_(static_cast<int>(table.size()) - 1) {}

Decision CoolingRamp::decide(const Observation& observation) {
  const auto hottest_c = observation.hottest_c();
  slack_ = hottest_c ? ramp_.follow(slack_, *hottest_c - observation.ambient_c, config_.hysteresis_k) : 0;
  return {.level = top_level_, .cooling_level = 1 - slack_ * (1 - config_.idle_level)};
}

}  // namespace kiln::governor
