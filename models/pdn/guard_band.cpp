// SPDX-License-Identifier: MIT
#include "pdn/guard_band.h"

namespace kiln::pdn {

std::span<const config::EnumName<GuardBandKind>> enum_names(const GuardBandKind*) {
  static constexpr config::EnumName<GuardBandKind> kNames[] = {{GuardBandKind::fixed, "fixed"},
                                                               {GuardBandKind::worst_case, "worst_case"},
                                                               {GuardBandKind::adaptive, "adaptive"}};
  return kNames;
}

const config::Record<GuardBandConfig>& describe(const GuardBandConfig*) {
  static const auto record =
      config::Record<GuardBandConfig>("guard_band", "Voltage kept for droops of the core's rail")
          .field(
              "kind", &GuardBandConfig::kind,
              {.doc = "fixed: `share`, whatever runs; worst_case: the droop when the heaviest tasks of the "
                      "program start on all tiles at once, and `share` beyond it; adaptive: the droop of the "
                      "step itself, and `share` beyond it"})
          .field("share", &GuardBandConfig::share,
                 {.doc = "Of the rail's voltage",
                  .unit = base::Dimension::fraction,
                  .min = 0,
                  .max = 0.5,
                  .source = "estimate: 1 % for what sensors and regulators miss"});
  return record;
}

}  // namespace kiln::pdn
