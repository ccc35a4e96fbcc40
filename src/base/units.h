// SPDX-License-Identifier: MIT
// Dimensions and the units a configuration may write them in.
//
// Inside Kiln a quantity is a double in SI base units (temperatures in degrees Celsius), with the unit in the
// variable's name: `clock_hz`, `energy_j`. Units exist where people read and write: in YAML and in reports.
#pragma once

#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace kiln::base {

enum class Dimension {
  none,
  time,
  frequency,
  voltage,
  current,
  power,
  energy,
  bytes,
  bandwidth,
  temperature,
  temperature_difference,
  length,
  area,
  volume,
  mass,
  resistance,
  capacitance,
  inductance,
  charge,
  thermal_resistance,
  thermal_conductivity,
  heat_transfer_coefficient,
  volumetric_heat_capacity,
  heat_capacity,
  specific_heat,
  density,
  areal_thermal_resistance,
  volumetric_flow,
  pressure,
  energy_per_bit,
  power_density,
  seebeck,
  latent_heat,
  viscosity,
  fraction
};

/// The text is not a quantity of the dimension; the message says what is allowed.
class UnitError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// "800 MHz" -> 8e8. A bare number is an error for every dimension but `none` and `fraction`.
double parse_quantity(std::string_view text, Dimension dimension);
/// The readable spelling that parses back to exactly the same double.
std::string format_quantity(double value, Dimension dimension);
/// Rounded for people: "12.3 mJ".
std::string display_quantity(double value, Dimension dimension, int digits = 3);
/// The symbol of the SI unit values are kept in ("Hz", "degC", "" for none).
std::string_view si_unit(Dimension dimension);
/// "Hz, kHz, MHz, GHz": for messages and the schema.
std::string allowed_units(Dimension dimension);
std::string_view name(Dimension dimension);

inline constexpr double kZeroCelsiusInKelvin = 273.15;

}  // namespace kiln::base
