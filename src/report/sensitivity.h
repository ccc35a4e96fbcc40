// SPDX-License-Identifier: MIT
// What each constant's band does to the joules of the reported step, from its counts, and to the die.
#pragma once

#include <utility>
#include <vector>

#include "experiment/constants.h"
#include "report/findings.h"

namespace kiln::report {

/// Two chips at the ends of the band of the step's energy.
struct Corners {
  soc::SocConfig low, high;
  double low_ratio = 1, high_ratio = 1;                ///< of the step's energy there over the nominal one
  std::vector<std::pair<std::string, double>> causes;  ///< group, share of the variance; largest first
  Interval die_area_m2;                                ///< its band, by the same sum over groups
};

/// Of those constants that leave the step's time as it is. Throws base::SimError or ConfigError where a
/// constant within its band makes no chip.
Corners corners_of(const Findings& findings, const std::vector<experiment::Constant>& constants);

}  // namespace kiln::report
