// SPDX-License-Identifier: MIT
#include "power/speed.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "base/units.h"

namespace kiln::power {

namespace {

constexpr double kReferenceK = 85.0 + base::kZeroCelsiusInKelvin;

double shape(const SpeedConfig& speed, double voltage_v) {
  return voltage_v > speed.threshold_v ? std::pow(voltage_v - speed.threshold_v, speed.exponent) / voltage_v
                                       : 0.0;
}

}  // namespace

double speed_constant(const TechConfig& tech) {
  return tech.speed.nominal_frequency_hz / shape(tech.speed, tech.nominal_voltage_v);
}

double maximum_frequency_hz(const TechConfig& tech, double voltage_v) {
  return speed_constant(tech) * shape(tech.speed, voltage_v);
}

double required_voltage_v(const TechConfig& tech, double frequency_hz) {
  double low_v = tech.minimum_voltage_v, high_v = tech.maximum_voltage_v;
  if (frequency_hz <= maximum_frequency_hz(tech, low_v)) return low_v;
  const double limit_hz = maximum_frequency_hz(tech, high_v);
  if (frequency_hz > limit_hz * (1 + 1e-12))
    throw base::SimError(
        fmt::format("technology {}: {:.4g} MHz needs more than {:.3g} V; the highest clock is {:.4g} MHz",
                    tech.node, frequency_hz / 1e6, high_v, limit_hz / 1e6));
  for (int i = 0; i < 60; ++i) {  // bisection to the last bit: f(V) rises monotonically above Vt for a >= 1
    const double middle_v = 0.5 * (low_v + high_v);
    (maximum_frequency_hz(tech, middle_v) < frequency_hz ? low_v : high_v) = middle_v;
  }
  return high_v;
}

double temperature_speed_factor(const TechConfig& tech, double temperature_c) {
  const double kelvin = std::max(temperature_c + base::kZeroCelsiusInKelvin, 1.0);
  return std::pow(kReferenceK / kelvin, tech.speed.temperature_exponent);
}

}  // namespace kiln::power
