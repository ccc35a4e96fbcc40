// SPDX-License-Identifier: MIT
#include "governor/policies/hbm_headroom.h"

namespace kiln::governor {

using config::Dimension;

const config::Record<HbmHeadroomConfig>& describe(const HbmHeadroomConfig*) {
  static const auto record =
      config::Record<HbmHeadroomConfig>("hbm_headroom", "Memory clock by thermal headroom")
          .field("start", &HbmHeadroomConfig::start_c,
                 {.doc = "Full clock up to here",
                  .unit = Dimension::temperature,
                  .min = -50,
                  .max = 150,
                  .source = "estimate: 10 K before refresh doubles"})
          .field("limit", &HbmHeadroomConfig::limit_c,
                 {.doc = "Lowest clock from here",
                  .unit = Dimension::temperature,
                  .min = -50,
                  .max = 150,
                  .source = "data-loss risk above 95 degC"})
          .field("floor", &HbmHeadroomConfig::floor,
                 {.doc = "Lowest clock factor",
                  .unit = Dimension::fraction,
                  .min = 0.05,
                  .max = 1,
                  .source = "estimate: half rate"})
          .field("step", &HbmHeadroomConfig::step,
                 {.doc = "Step of the clock factor",
                  .unit = Dimension::fraction,
                  .min = 0.01,
                  .max = 1,
                  .source = "estimate: data rates come in grades"})
          .field("hysteresis", &HbmHeadroomConfig::hysteresis_k,
                 {.doc = "A step comes back this far below where it went",
                  .unit = Dimension::temperature_difference,
                  .min = 0,
                  .max = 20,
                  .source = "estimate: two sensor steps"})
          .check([](const HbmHeadroomConfig& c, config::Checker& check) {
            if (c.start_c >= c.limit_c) check.fail("start", "must lie below limit");
          });
  return record;
}

HbmHeadroom::HbmHeadroom(const HbmHeadroomConfig& config, std::span<const OperatingPoint> table)
    : config_(config),
      ramp_{config.start_c, config.limit_c, config.floor, config.step},
      top_level_(static_cast<int>(table.size()) - 1) {}

Decision HbmHeadroom::decide(const Observation& observation) {
  factor_ = std::isnan(observation.hbm_c) ? config_.floor
                                          : ramp_.follow(factor_, observation.hbm_c, config_.hysteresis_k);
  return {.level = top_level_, .hbm_frequency_factor = factor_};
}

}  // namespace kiln::governor
