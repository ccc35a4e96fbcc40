// SPDX-License-Identifier: MIT
#include "soc/memory_rail.h"

namespace kiln::soc {

std::span<const config::EnumName<DroopAnswer>> enum_names(const DroopAnswer*) {
  static constexpr config::EnumName<DroopAnswer> kNames[] = {{DroopAnswer::none, "none"},
                                                             {DroopAnswer::slower_clock, "slower_clock"}};
  return kNames;
}

pdn::RailConfig MemoryRailConfig::rail(dram::Standard standard) const {
  const dram::SupplyRange range = dram::supply_range(standard);
  return {.voltage_v = range.nominal_v,
          .load_line_ohm = load_line_ohm,
          .noise_limit = 1 - range.lowest_v / range.nominal_v,
          .stages = stages};
}

const config::Record<MemoryRailConfig>& describe(const MemoryRailConfig*) {
  using base::Dimension;
  static const auto record =
      config::Record<MemoryRailConfig>("memory_rail",
                                       "The rail of the memory device (VDD, VDD2, VDD2H), at the voltage of "
                                       "its standard")
          .field("load_line", &MemoryRailConfig::load_line_ohm,
                 {.doc = "Set point falls by this per ampere",
                  .unit = Dimension::resistance,
                  .min = 0.0,
                  .max = 1.0,
                  .source = "none: absent unless given"})
          .field("stages", &MemoryRailConfig::stages,
                 {.doc = "From the regulator to the device",
                  .source = "estimate: an LPDDR package of four dies on a board with 44 uF of ceramic "
                            "capacitors; 40 pairs of balls of 1 nH, 200 nF in package and dies, which puts "
                            "the first droop at 71 MHz. Stacks of HBM draw more and have more"})
          .field("eye", &MemoryRailConfig::eye, {.doc = "What a droop does to the data"})
          .field(
              "answer", &MemoryRailConfig::answer,
              {.doc = "none: bits go wrong when a droop has taken the margin of the eye; slower_clock: the "
                      "memory is trained to the highest clock whose eye stays clean",
               .source = "none: a device does not see the droops of its supply"})
          .check([](const MemoryRailConfig& rail, config::Checker& check) {
            pdn::check_stages(rail.stages, check);
          });
  return record;
}

}  // namespace kiln::soc
