// SPDX-License-Identifier: MIT
// What may become how hot: the limits of die, memory, regulators and skin, and the range of leakage's law.
#pragma once

#include <span>

#include "experiment/experiment.h"
#include "report/validity.h"
#include "soc/floorplan.h"

namespace kiln::report {

/// Foundries characterise cells from -40 to 125 degC; leakage laws are fitted there.
inline constexpr double kColdestModel_c = -40, kHottestModel_c = 125;

/// What each part may become, degC.
struct HeatLimits {
  double die_c, memory_c;  ///< the device switches off, or stored bits are lost
  double regulators_c;     ///< of the board's converters
  double skin_c;           ///< of the package's outside
};

HeatLimits heat_limits(const experiment::ExperimentConfig& experiment);

/// The highest temperatures that were seen, degC.
struct HeatPeaks {
  std::span<const double> block_c;  ///< by block of the floorplan
  double skin_c = -273.15;
};

/// Adds what became hotter than it may: `invalid` for die and memory, `warn` for the others.
void judge_heat(const experiment::ExperimentConfig& experiment, const soc::ChipPlan& plan,
                const HeatPeaks& peaks, Validity& found);
/// Adds a warning where it was colder than leakage's law holds; `where` is the key or part that says so.
void judge_cold(double coldest_c, const char* where, Validity& found);

}  // namespace kiln::report
