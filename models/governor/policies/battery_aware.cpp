// SPDX-License-Identifier: MIT
#include "governor/policies/battery_aware.h"

namespace kiln::governor {

using config::Dimension;

std::span<const config::EnumName<BatteryDirection>> enum_names(const BatteryDirection*) {
  static constexpr config::EnumName<BatteryDirection> names[] = {
      {BatteryDirection::conserve, "conserve"}, {BatteryDirection::as_written, "as_written"}};
  return names;
}

const config::Record<BatteryAwareConfig>& describe(const BatteryAwareConfig*) {
  static constexpr std::string_view kSource = "article on transfer learning, section 8: battery below 20 %";
  static const auto record =
      config::Record<BatteryAwareConfig>("battery_aware", "Priority of tasks on a low battery")
          .field("low", &BatteryAwareConfig::low_fraction,
                 {.doc = "Charge below which tasks are told apart",
                  .unit = Dimension::fraction,
                  .min = 0,
                  .max = 1,
                  .source = kSource})
          .field("hysteresis", &BatteryAwareConfig::hysteresis,
                 {.doc = "Charge above `low` that ends it",
                  .unit = Dimension::fraction,
                  .min = 0,
                  .max = 1,
                  .source = "estimate: wider than the voltage rebound of a resting cell"})
          .field("frozen_threshold", &BatteryAwareConfig::frozen_threshold,
                 {.doc = "Frozen share that separates light from heavy tasks",
                  .unit = Dimension::fraction,
                  .min = 0,
                  .max = 1,
                  .source = "article on transfer learning, section 7: more than half frozen"})
          .field(
              "direction", &BatteryAwareConfig::direction,
              {.doc =
                   "Tasks that keep the full clock: the light ones, or as the article has it the heavy ones",
               .source = "conserve: the article's own rule spends more energy"})
          .field("reduced_clock", &BatteryAwareConfig::reduced_share,
                 {.doc = "Clock of the others as a share of the top one",
                  .unit = Dimension::fraction,
                  .min = 0.01,
                  .max = 1,
                  .source = "estimate: half"});
  return record;
}

BatteryAware::BatteryAware(const BatteryAwareConfig& config, std::span<const OperatingPoint> table)
    : config_(config),
      top_level_(static_cast<int>(table.size()) - 1),
      reduced_level_(level_at_or_below(table, config.reduced_share * table.back().frequency_hz)) {}

Decision BatteryAware::decide(const Observation& observation) {
  if (observation.battery_fraction < config_.low_fraction)
    low_ = true;
  else if (observation.battery_fraction > config_.low_fraction + config_.hysteresis)
    low_ = false;
  const bool light = observation.frozen_fraction > config_.frozen_threshold;
  const bool keeps_clock = light == (config_.direction == BatteryDirection::conserve);
  return {.level = low_ && !keeps_clock ? reduced_level_ : top_level_};
}

}  // namespace kiln::governor
