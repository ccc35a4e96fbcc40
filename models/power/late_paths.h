// SPDX-License-Identifier: MIT
// Results that come too late when the voltage is below what the clock needs.
#pragma once

#include "power/tech.h"

namespace kiln::power {

/// Share of operations whose result is wrong at `voltage_v`, where the clock is what `needed_v` just holds: 0
/// down to there; then a decade more for each 2 % that paths are longer (alpha-power law, speed.h), from one
/// in 1.8e9. Both numbers are those of the 18 x 18 bit multiplier of Ernst et al. (Razor, MICRO-36, 2003;
/// recalled, not re-read): at 90 MHz the first error in 20 s at 1.54 V, 1.3 % of the products at 1.36 V.
/// Other data and other circuits take 1 to 4 % a decade.
double late_share(const TechConfig& tech, double needed_v, double voltage_v);

}  // namespace kiln::power
