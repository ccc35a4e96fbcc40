// SPDX-License-Identifier: MIT
// The clock a voltage allows, and back: alpha-power law f = k (V - Vt)^a / V (Sakurai & Newton, JSSC 1990).
#pragma once

#include "power/tech.h"

namespace kiln::power {

/// k of the law, in Hz V^(1-a), from the nominal point.
double speed_constant(const TechConfig& tech);

/// Highest clock at this voltage, at 85 degC; 0 at or below the threshold.
double maximum_frequency_hz(const TechConfig& tech, double voltage_v);

/// Lowest voltage that holds this clock, not below the node's minimum. Throws base::SimError, with the
/// highest clock in the text, when it would lie above the node's maximum.
double required_voltage_v(const TechConfig& tech, double frequency_hz);

/// Factor on the clock at this temperature against 85 degC. 1.4 at 77 K with the default exponent.
double temperature_speed_factor(const TechConfig& tech, double temperature_c);

/// What P = alpha C V^2 f says a change of operating point does to dynamic power.
constexpr double dynamic_power_ratio(double frequency_ratio, double voltage_ratio) {
  return frequency_ratio * voltage_ratio * voltage_ratio;
}

}  // namespace kiln::power
