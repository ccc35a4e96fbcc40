// SPDX-License-Identifier: MIT
// What the supply's voltage does to the data eye: data shifts against its strobe, and bits go wrong when the
// shift has taken what training left of the eye.
#pragma once

#include "config/record.h"
#include "dram/dram_config.h"

namespace kiln::dram {

/// In unit intervals (UI), the time of one bit on a pin.
struct EyeConfig {
  double margin_ui = 0.18;            ///< from where training put the strobe to the edge of the open eye
  double jitter_ui = 0.01;            ///< random, root of the mean square
  double drift_per_50_mv_s = 33e-12;  ///< of data against strobe
};
const config::Record<EyeConfig>& describe(const EyeConfig*);

/// Of the rail that feeds arrays and interface logic of a device.
struct SupplyRange {
  double nominal_v = 0, lowest_v = 0, highest_v = 0;
};
/// VDD of DDR4 (JESD79-4) and HBM2 (JESD235), VDD2 of LPDDR4 (JESD209-4), VDD2H of LPDDR5 (JESD209-5).
SupplyRange supply_range(Standard standard);

/// Time of one bit on a pin at a command clock.
double unit_interval_s(Standard standard, double clock_hz);

/// Of data against its strobe, in UI at this clock, when the voltage is so far from the trained one.
double shift_ui(const EyeConfig& eye, Standard standard, double clock_hz, double away_v);

/// Probability that a bit is read wrong when data is shifted: the tail of a normal distribution of edges,
/// which leaves 1e-9 at the edge of the open eye.
double wrong_bit_rate(const EyeConfig& eye, double shift_ui);

/// The largest shift with at most 1e-16 of the bits wrong, what the standards' masks are drawn for
/// (JESD79-4, JESD209-4).
double clean_shift_ui(const EyeConfig& eye);

}  // namespace kiln::dram
