// SPDX-License-Identifier: MIT
#include "governor/policies/skin.h"

#include <cmath>

namespace kiln::governor {

using config::Dimension;

std::span<const config::EnumName<SkinSource>> enum_names(const SkinSource*) {
  static constexpr config::EnumName<SkinSource> names[] = {{SkinSource::skin, "skin"},
                                                           {SkinSource::board, "board"}};
  return names;
}

const config::Record<SkinStageConfig>& describe(const SkinStageConfig*) {
  static const auto record =
      config::Record<SkinStageConfig>("skin_stage", "One stage of skin-temperature throttling")
          .field("above", &SkinStageConfig::above_c,
                 {.doc = "Holds above this temperature",
                  .unit = Dimension::temperature,
                  .min = -50,
                  .max = 150,
                  .required = true})
          .field("clock", &SkinStageConfig::clock_share,
                 {.doc = "Highest clock as a share of the top one",
                  .unit = Dimension::fraction,
                  .min = 0,
                  .max = 1,
                  .required = true});
  return record;
}

const config::Record<SkinConfig>& describe(const SkinConfig*) {
  static const auto record =
      config::Record<SkinConfig>("skin", "Throttling by skin or board temperature")
          .field("source", &SkinConfig::source,
                 {.doc = "Temperature it looks at",
                  .source = "phones read a board thermistor and infer the skin"})
          .field("stages", &SkinConfig::stages,
                 {.doc = "Stages, temperatures rising and clocks falling",
                  .source = "estimate: three stages that end at the 43 degC limit for prolonged contact"})
          .field("hysteresis", &SkinConfig::hysteresis_k,
                 {.doc = "A stage is left this far below its threshold",
                  .unit = Dimension::temperature_difference,
                  .min = 0,
                  .max = 20,
                  .source = "estimate: cases cool slowly"})
          .check([](const SkinConfig& c, config::Checker& check) {
            for (std::size_t i = 1; i < c.stages.size(); ++i)
              if (c.stages[i].above_c <= c.stages[i - 1].above_c ||
                  c.stages[i].clock_share > c.stages[i - 1].clock_share)
                check.fail("stages", "temperatures must rise and clocks must not");
          });
  return record;
}

SkinGovernor::SkinGovernor(const SkinConfig& config, std::span<const OperatingPoint> table)
    : config_(config), table_(table.begin(), table.end()) {}

Decision SkinGovernor::decide(const Observation& observation) {
  const double reading_c = config_.source == SkinSource::skin ? observation.skin_c : observation.board_c;
  const auto& stages = config_.stages;
  if (std::isnan(reading_c)) stage_ = stages.size();
  while (stage_ < stages.size() && reading_c > stages[stage_].above_c) ++stage_;
  while (stage_ > 0 && reading_c < stages[stage_ - 1].above_c - config_.hysteresis_k) --stage_;
  const double share = stage_ == 0 ? 1.0 : stages[stage_ - 1].clock_share;
  return {.level = level_at_or_below(table_, share * table_.back().frequency_hz)};
}

}  // namespace kiln::governor
