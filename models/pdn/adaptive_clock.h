// SPDX-License-Identifier: MIT
// Clock stretching when the die voltage droops: what it costs and what it saves.
#pragma once

#include "config/record.h"

namespace kiln::pdn {

struct AdaptiveClockConfig {
  double threshold_share = 0.03;  // droop, as a share of the voltage, that starts stretching
  double stretch = 0.15;          // share of frequency given up while it lasts
  double latency_s = 2e-9;        // from crossing to the stretched clock
};

struct StretchReport {
  double stretched_s = 0.0;
  double lost_share = 0.0;  // of all cycles in the window
  double lowest_v = 0.0;
  double guard_band_v =
      0.0;  // droop not yet answered by a stretched clock: what a fixed margin must still cover
  double wrong_share = 0.0;  // of the work, by the harm that was asked for
};

const config::Record<AdaptiveClockConfig>& describe(const AdaptiveClockConfig*);

}  // namespace kiln::pdn
