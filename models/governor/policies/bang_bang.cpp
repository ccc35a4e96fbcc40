// SPDX-License-Identifier: MIT
#include "governor/policies/bang_bang.h"

#include <algorithm>

namespace kiln::governor {

using config::Dimension;

std::span<const config::EnumName<Actuator>> enum_names(const Actuator*) {
  static constexpr config::EnumName<Actuator> names[] = {{Actuator::clock, "clock"},
                                                         {Actuator::cooling, "cooling"}};
  return names;
}

const config::Record<BangBangConfig>& describe(const BangBangConfig*) {
  static const auto record =
      config::Record<BangBangConfig>("bang_bang", "Two states with hysteresis on the hottest sensor")
          .field("trip", &BangBangConfig::trip_c,
                 {.doc = "Switches on at this temperature",
                  .unit = Dimension::temperature,
                  .min = -50,
                  .max = 150,
                  .source = "RK3588 device tree: passive trip 85 degC"})
          .field("hysteresis", &BangBangConfig::hysteresis_k,
                 {.doc = "Switches off below trip - hysteresis",
                  .unit = Dimension::temperature_difference,
                  .min = 0,
                  .max = 50,
                  .source = "estimate: wider than a sensor step, Jetson fans use 4 K"})
          .field("actuator", &BangBangConfig::actuator,
                 {.doc = "What is switched: the clock or the active cooling",
                  .source = "Linux drives fans by this rule; the clock is the harsher variant"})
          .field("low_level", &BangBangConfig::low_level,
                 {.doc = "Level while on, with actuator clock",
                  .min = 0,
                  .max = 1000,
                  .source = "estimate: the slowest"});
  return record;
}

BangBang::BangBang(const BangBangConfig& config, std::span<const OperatingPoint> table)
    : config_(config), top_level_(static_cast<int>(table.size()) - 1) {
  config_.low_level = std::min(config_.low_level, top_level_);
}

Decision BangBang::decide(const Observation& observation) {
  if (const auto hottest_c = observation.hottest_c()) {
    if (*hottest_c >= config_.trip_c)
      on_ = true;
    else if (*hottest_c < config_.trip_c - config_.hysteresis_k)
      on_ = false;
  }
  if (config_.actuator == Actuator::cooling) return {.level = top_level_, .cooling_level = on_ ? 1.0 : 0.0};
  return {.level = on_ ? config_.low_level : top_level_};
}

}  // namespace kiln::governor
