// SPDX-License-Identifier: MIT
#include "pdn/adaptive_clock.h"

namespace kiln::pdn {

const config::Record<AdaptiveClockConfig>& describe(const AdaptiveClockConfig*) {
  using base::Dimension;
  static const auto record =
      config::Record<AdaptiveClockConfig>("adaptive_clock", "Clock stretching on supply droop")
          .field("threshold", &AdaptiveClockConfig::threshold_share,
                 {.doc = "Droop below the settled voltage that starts it, as a share of the set point",
                  .unit = Dimension::fraction,
                  .min = 0.0,
                  .max = 0.5,
                  .source = "estimate: half of a 5 % noise budget"})
          .field(
              "stretch", &AdaptiveClockConfig::stretch,
              {.doc = "Share of frequency given up",
               .unit = Dimension::fraction,
               .min = 0.0,
               .max = 0.9,
               .source =
                   "estimate: published parts give up some percent (phase steps; Wilcox et al., JSSC 50 "
                   "(2015) "
                   "24) to a half (division by two; Bowman et al., JSSC 51 (2016) 8); recalled, not re-read"})
          .field("latency", &AdaptiveClockConfig::latency_s,
                 {.doc = "From crossing to the stretched clock",
                  .unit = Dimension::time,
                  .min = 0.0,
                  .max = 1e-3,
                  .source = "estimate: two to four cycles of 1 to 2 GHz to detect and switch"});
  return record;
}

}  // namespace kiln::pdn
