// SPDX-License-Identifier: MIT
#include "dram/eye.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"

namespace kiln::dram {

namespace {

constexpr double kAtEdge = 5.998;  // deviations of a normal distribution beyond which 1e-9 lies
constexpr double kClean = 8.222;   // the same of 1e-16
constexpr double kNoBit = 1e-18;   // a wrong bit in years

int bits_per_clock(Standard standard) {
  switch (standard) {
    case Standard::ddr4:
    case Standard::lpddr4:
    case Standard::hbm2:
    case Standard::hbm2e:
      return 2;
    case Standard::lpddr5:
    case Standard::lpddr5x:
      return 8;  // both edges of WCK, four times CK
  }
  throw base::SimError("unknown standard of the memory");
}

}  // namespace

SupplyRange supply_range(Standard standard) {
  switch (standard) {
    case Standard::ddr4:
    case Standard::hbm2:
    case Standard::hbm2e:
      return {1.20, 1.14, 1.26};
    case Standard::lpddr4:
      return {1.10, 1.06, 1.17};
    case Standard::lpddr5:
    case Standard::lpddr5x:
      return {1.05, 1.01, 1.12};
  }
  throw base::SimError("unknown standard of the memory");
}

double unit_interval_s(Standard standard, double clock_hz) {
  return 1 / (bits_per_clock(standard) * clock_hz);
}

double shift_ui(const EyeConfig& eye, Standard standard, double clock_hz, double away_v) {
  constexpr double kPer_v = 50e-3;
  return std::abs(away_v) / kPer_v * eye.drift_per_50_mv_s / unit_interval_s(standard, clock_hz);
}

double wrong_bit_rate(const EyeConfig& eye, double shift_ui) {
  const double deviations = (eye.margin_ui - shift_ui) / eye.jitter_ui + kAtEdge;
  if (deviations > kClean + 1) return 0;
  const double rate = 0.5 * std::erfc(deviations / std::sqrt(2.0));
  return rate < kNoBit ? 0 : rate;
}

double clean_shift_ui(const EyeConfig& eye) {
  return std::max(0.0, eye.margin_ui - (kClean - kAtEdge) * eye.jitter_ui);
}

const config::Record<EyeConfig>& describe(const EyeConfig*) {
  using base::Dimension;
  static const auto record =
      config::Record<EyeConfig>("eye", "The data eye as training leaves it, in times of a bit on a pin")
          .field("margin", &EyeConfig::margin_ui,
                 {.doc = "From the trained place of the strobe to the edge of the open eye",
                  .unit = Dimension::fraction,
                  .min = 0.01,
                  .max = 0.5,
                  .source = "half of 0.36 UI: write margin of LPDDR4-4266, Kim et al., TCAS-II 65 (2018) 12; "
                            "their read margin is 0.30 to 0.47 UI"})
          .field("jitter", &EyeConfig::jitter_ui,
                 {.doc = "Random jitter, root of the mean square",
                  .unit = Dimension::fraction,
                  .min = 1e-4,
                  .max = 0.1,
                  .source = "estimate: 2 ps of 234 ps; drivers of this rate have 0.5 to 2 % of a bit"})
          .field("drift", &EyeConfig::drift_per_50_mv_s,
                 {.doc = "Data moves by this against its strobe when the supply moves by 50 mV",
                  .unit = Dimension::time,
                  .min = 0,
                  .max = 1e-9,
                  .source = "JESD209-4 tDQS2DQ_volt: at most 33 ps per 50 mV (recalled, not re-read)"});
  return record;
}

}  // namespace kiln::dram
