// SPDX-License-Identifier: MIT
// A step of the load on a supply rail, looked at in equal samples as fine as a test wants.
#pragma once

#include "pdn/ride_through.h"

namespace kiln::testing {

/// From settled at `before_a`; for `window_s` after the load has become `after_a`.
inline pdn::Droop droop_after_step(const pdn::Rail& rail, double before_a, double after_a, double window_s,
                                   double sample_s) {
  pdn::RailState state = rail.settled(before_a);
  state.load_a = after_a;
  pdn::Droop worst{.lowest_v = rail.die_voltage_v(state), .at_s = 0.0, .share = 0.0};
  for (double t = sample_s; t <= window_s; t += sample_s) {
    rail.step(state, sample_s, after_a);
    if (const double v = rail.die_voltage_v(state); v < worst.lowest_v) {
      worst.lowest_v = v;
      worst.at_s = t;
    }
  }
  worst.share = 1.0 - worst.lowest_v / rail.config().voltage_v;
  return worst;
}

}  // namespace kiln::testing
