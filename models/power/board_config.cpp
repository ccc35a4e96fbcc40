// SPDX-License-Identifier: MIT
#include "power/board.h"

namespace kiln::power {

using config::Dimension;

const config::Record<EfficiencyPointConfig>& describe(const EfficiencyPointConfig*) {
  static const auto record =
      config::Record<EfficiencyPointConfig>("efficiency_point", "One point of a regulator efficiency curve")
          .field("load", &EfficiencyPointConfig::load_share,
                 {.doc = "Output power over rated output power",
                  .unit = Dimension::fraction,
                  .min = 0,
                  .max = 2,
                  .required = true})
          .field("efficiency", &EfficiencyPointConfig::efficiency,
                 {.doc = "Output power over input power",
                  .unit = Dimension::fraction,
                  .min = 0.01,
                  .max = 1,
                  .required = true});
  return record;
}

const config::Record<BoardConfig>& describe(const BoardConfig*) {
  static const auto record =
      config::Record<BoardConfig>("board",
                                  "Power management and constant consumers between the source and the SoC")
          .field("rated_power", &BoardConfig::rated_power_w,
                 {.doc = "Output power the regulators are sized for",
                  .unit = Dimension::power,
                  .min = 0.01,
                  .max = 1e4,
                  .source = "estimate: 1.3 x a 15 W SoC"})
          .field(
              "efficiency", &BoardConfig::efficiency,
              {.doc = "Efficiency by load, loads rising; linear in between",
               .source = "common buck converters: 80-93 %, 60-75 % at light load (not from one datasheet)"})
          .field("constant_power", &BoardConfig::constant_power_w,
                 {.doc = "What the board draws whatever the SoC does",
                  .unit = Dimension::power,
                  .min = 0,
                  .max = 1e3,
                  .source = "estimate: oscillators, flash and link standby of a small module"})
          .field("quiescent", &BoardConfig::quiescent_w,
                 {.doc = "The regulators' own draw at no load",
                  .unit = Dimension::power,
                  .min = 0,
                  .max = 100,
                  .source = "estimate: a handful of rails at some 100 uA from 12 V"})
          .field("regulator_side", &BoardConfig::regulator_side_m,
                 {.doc = "Side of the square that the regulators heat, where the package has a source layer "
                         "called `regulators`; absent: 5 mm2 per watt of rated_power",
                  .unit = Dimension::length,
                  .min = 0.1e-3,
                  .max = 0.1,
                  .source =
                      "estimate: power-management ICs and their inductors, 3 to 7 mm2/W on modules of 3 to "
                      "25 W"})
          .field("regulator_limit", &BoardConfig::regulator_limit_c,
                 {.doc = "Highest temperature the regulators are rated for",
                  .unit = Dimension::temperature,
                  .min = 0,
                  .max = 250,
                  .source = "usual junction rating of integrated regulators, 125 to 150 degC; the lower one"})
          .check([](const BoardConfig& c, config::Checker& check) {
            if (c.efficiency.empty()) check.fail("efficiency", "needs at least one point");
            for (std::size_t i = 1; i < c.efficiency.size(); ++i)
              if (c.efficiency[i].load_share <= c.efficiency[i - 1].load_share)
                check.fail("efficiency", "loads must rise from point to point");
          });
  return record;
}

}  // namespace kiln::power
