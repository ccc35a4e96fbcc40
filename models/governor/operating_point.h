// SPDX-License-Identifier: MIT
// The operating points a governor chooses among, slowest first.
#pragma once

#include <functional>
#include <span>
#include <vector>

#include "config/record.h"

namespace kiln::governor {

struct OperatingPoint {
  double frequency_hz = 0;
  double voltage_v = 0;  ///< 0 in a configuration: the technology's lowest voltage for this clock
};

struct OppTableConfig {
  std::vector<OperatingPoint> points;
};

const config::Record<OperatingPoint>& describe(const OperatingPoint*);
const config::Record<OppTableConfig>& describe(const OppTableConfig*);

/// The table with every voltage filled in; `voltage_for_hz` is asked where the configuration gives none.
/// Throws base::SimError unless clocks rise and voltages do not fall.
std::vector<OperatingPoint> make_opp_table(const OppTableConfig& config,
                                           const std::function<double(double)>& voltage_for_hz);

/// Highest level whose clock does not exceed `frequency_hz` (by more than rounding); level 0 when all do.
int level_at_or_below(std::span<const OperatingPoint> table, double frequency_hz);

/// f V^2 of a level: what its dynamic power is proportional to.
double switching_rate(const OperatingPoint& point);

}  // namespace kiln::governor
