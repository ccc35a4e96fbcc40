// SPDX-License-Identifier: MIT
// A temperature in the surroundings: fixed ("30 degC"), or one that follows the room ("ambient + 5 K").
#pragma once

#include <string>

#include "config/value.h"

namespace kiln::config {

struct AmbientTemperature {
  bool follows_ambient = false;
  double value = 0;  ///< degC; in K above the ambient if it follows that

  static AmbientTemperature fixed(double celsius) { return {false, celsius}; }
  static AmbientTemperature above_ambient(double kelvin) { return {true, kelvin}; }
  double at_c(double ambient_c) const { return follows_ambient ? ambient_c + value : value; }
  bool operator==(const AmbientTemperature&) const = default;
};

/// Bounds of the key hold for a fixed temperature; one that follows the room stays within 200 K of it.
bool read_ambient_temperature(const Node&, const Spec&, Reader&, AmbientTemperature& value);
Node ambient_temperature_node(const AmbientTemperature&);
Node ambient_temperature_schema(const Spec&);

template <>
struct Value<AmbientTemperature> {
  static void read(const Node& node, const Spec& spec, Reader& reader, AmbientTemperature& value) {
    read_ambient_temperature(node, spec, reader, value);
  }
  static Node write(const AmbientTemperature& value, const Spec&) { return ambient_temperature_node(value); }
  static Node schema(const Spec& spec) { return ambient_temperature_schema(spec); }
  static std::string type_name(const Spec&) { return "temperature or ambient + K"; }
  static const RecordBase* record() { return nullptr; }
};

}  // namespace kiln::config
