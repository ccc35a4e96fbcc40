// SPDX-License-Identifier: MIT
#include "pdn/adaptive_clock.h"

#include <algorithm>
#include <cmath>

#include "pdn/rail.h"

namespace kiln::pdn {

StretchReport stretch_through(const Rail& rail, const AdaptiveClockConfig& clock, double before_a,
                              double after_a, double window_s, double sample_s) {
  const double threshold_v =
      rail.die_voltage_v(rail.settled(after_a)) - clock.threshold_share * rail.config().voltage_v;
  RailState state = rail.settled(before_a);
  state.load_a = after_a;
  StretchReport report{
      .stretched_s = 0.0, .lost_share = 0.0, .lowest_v = rail.die_voltage_v(state), .guard_band_v = 0.0};
  double below_s = 0.0;
  const auto samples = static_cast<int>(std::ceil(window_s / sample_s));
  for (int i = 0; i < samples; ++i) {
    const bool stretched = below_s > clock.latency_s;
    rail.step(state, sample_s, stretched ? after_a * (1.0 - clock.stretch) : after_a);
    const double v = rail.die_voltage_v(state);
    report.lowest_v = std::min(report.lowest_v, v);
    if (stretched)
      report.stretched_s += sample_s;
    else
      report.guard_band_v = std::max(report.guard_band_v, rail.config().voltage_v - v);
    below_s = v < threshold_v ? below_s + sample_s : 0.0;
  }
  report.lost_share = clock.stretch * report.stretched_s / window_s;
  return report;
}

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
