// SPDX-License-Identifier: MIT
#include "config/ambient_temperature.h"

#include "base/text.h"

namespace kiln::config {

namespace {

constexpr std::string_view kAmbient = "ambient";
constexpr double kFarthest_k = 200;  // from the room: beyond what any coolant does

/// "+ 5 K" or "- 5 K" or nothing, in K. Throws base::UnitError.
double difference_of(std::string_view text) {
  if (text.empty()) return 0;
  if (text[0] != '+' && text[0] != '-')
    throw base::UnitError("after 'ambient' comes + or - and a difference, as in 'ambient + 5 K'");
  const double amount =
      base::parse_quantity(base::trim(text.substr(1)), base::Dimension::temperature_difference);
  return text[0] == '-' ? -amount : amount;
}

}  // namespace

bool read_ambient_temperature(const Node& node, const Spec& spec, Reader& reader, AmbientTemperature& value) {
  if (!node.is_scalar() || !node.scalar.starts_with(kAmbient)) {
    double celsius = value.follows_ambient ? 0 : value.value;
    if (!read_number(node, spec, reader, celsius)) return false;
    value = AmbientTemperature::fixed(celsius);
    return true;
  }
  try {
    const double kelvin = difference_of(base::trim(std::string_view(node.scalar).substr(kAmbient.size())));
    if (!(std::abs(kelvin) <= kFarthest_k)) {
      reader.fail(node, fmt::format("{} is out of range; allowed: within {} K of the ambient",
                                    node.described(), kFarthest_k));
      return false;
    }
    value = AmbientTemperature::above_ambient(kelvin);
    return true;
  } catch (const base::UnitError& error) {
    reader.fail(node, error.what());
    return false;
  }
}

Node ambient_temperature_node(const AmbientTemperature& value) {
  if (!value.follows_ambient) return number_node(value.value, {.unit = base::Dimension::temperature});
  if (value.value == 0) return scalar_node(std::string(kAmbient), true);
  const std::string amount =
      base::format_quantity(std::abs(value.value), base::Dimension::temperature_difference);
  return scalar_node(fmt::format("{} {} {}", kAmbient, value.value < 0 ? '-' : '+', amount), true);
}

Node ambient_temperature_schema(const Spec& spec) {
  Node node = type_schema("number", spec);
  if (Node* pattern = node.find("pattern"))
    *pattern = scalar_node("^([-+0-9.eE]+ *[^ 0-9].*|ambient( *[-+] *[0-9.eE]+ *[^ 0-9].*)?)$", true);
  return node;
}

}  // namespace kiln::config
