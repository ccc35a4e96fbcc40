// SPDX-License-Identifier: MIT
#include "base/units.h"

#include <fmt/core.h>

#include <algorithm>
#include <charconv>
#include <cmath>

#include "base/display_unit.h"
#include "base/text.h"

namespace kiln::base {

namespace {

struct Unit {
  std::string_view symbol;
  double factor;
  double offset = 0;  ///< SI = (value + offset) * factor
};

struct DimensionInfo {
  std::string_view name;
  std::vector<Unit> units;     ///< the SI unit first
  std::vector<Unit> accepted;  ///< read, never written
};

constexpr double kKib = 1024.0, kMib = kKib * 1024, kGib = kMib * 1024;

const DimensionInfo& info(Dimension dimension) {
  static const std::vector<DimensionInfo> table = {
      {"number", {}, {}},
      {"time",
       {{"s", 1}, {"ms", 1e-3}, {"us", 1e-6}, {"ns", 1e-9}, {"ps", 1e-12}},
       {{"min", 60}, {"h", 3600}}},
      {"frequency", {{"Hz", 1}, {"kHz", 1e3}, {"MHz", 1e6}, {"GHz", 1e9}}, {}},
      {"voltage", {{"V", 1}, {"mV", 1e-3}, {"kV", 1e3}}, {}},
      {"current", {{"A", 1}, {"mA", 1e-3}, {"uA", 1e-6}}, {}},
      {"power", {{"W", 1}, {"mW", 1e-3}, {"uW", 1e-6}, {"kW", 1e3}}, {}},
      {"energy",
       {{"J", 1}, {"mJ", 1e-3}, {"uJ", 1e-6}, {"nJ", 1e-9}, {"pJ", 1e-12}, {"fJ", 1e-15}, {"kJ", 1e3}},
       {{"Wh", 3600}}},
      {"bytes",
       {{"B", 1}, {"KiB", kKib}, {"MiB", kMib}, {"GiB", kGib}},
       {{"kB", 1e3}, {"MB", 1e6}, {"GB", 1e9}}},
      {"bandwidth",
       {{"B/s", 1}, {"kB/s", 1e3}, {"MB/s", 1e6}, {"GB/s", 1e9}, {"TB/s", 1e12}},
       {{"Gb/s", 1.25e8}, {"Mb/s", 1.25e5}}},
      {"temperature", {{"degC", 1}}, {{"°C", 1}, {"C", 1}, {"K", 1, -kZeroCelsiusInKelvin}}},
      {"temperature difference", {{"K", 1}, {"mK", 1e-3}}, {{"degC", 1}, {"°C", 1}}},
      {"length", {{"m", 1}, {"mm", 1e-3}, {"um", 1e-6}, {"nm", 1e-9}}, {{"cm", 1e-2}}},
      {"area", {{"m2", 1}, {"mm2", 1e-6}, {"um2", 1e-12}}, {{"cm2", 1e-4}}},
      {"volume", {{"m3", 1}, {"mm3", 1e-9}}, {{"cm3", 1e-6}, {"ml", 1e-6}, {"l", 1e-3}}},
      {"mass", {{"kg", 1}, {"g", 1e-3}, {"mg", 1e-6}}, {}},
      {"resistance", {{"Ohm", 1}, {"mOhm", 1e-3}, {"uOhm", 1e-6}}, {{"kOhm", 1e3}}},
      {"capacitance", {{"F", 1}, {"mF", 1e-3}, {"uF", 1e-6}, {"nF", 1e-9}, {"pF", 1e-12}, {"fF", 1e-15}}, {}},
      {"inductance", {{"H", 1}, {"uH", 1e-6}, {"nH", 1e-9}, {"pH", 1e-12}}, {}},
      {"charge", {{"C", 1}, {"mAh", 3.6}}, {{"Ah", 3600}}},
      {"thermal resistance", {{"K/W", 1}}, {}},
      {"thermal conductivity", {{"W/mK", 1}}, {{"W/(m K)", 1}}},
      {"heat transfer coefficient", {{"W/m2K", 1}}, {{"W/(m2 K)", 1}}},
      {"volumetric heat capacity", {{"J/m3K", 1}, {"MJ/m3K", 1e6}}, {}},
      {"heat capacity", {{"J/K", 1}, {"mJ/K", 1e-3}}, {}},
      {"specific heat", {{"J/kgK", 1}, {"kJ/kgK", 1e3}}, {}},
      {"density", {{"kg/m3", 1}}, {{"g/cm3", 1e3}}},
      {"areal thermal resistance", {{"m2K/W", 1}, {"mm2K/W", 1e-6}}, {}},
      {"volumetric flow", {{"m3/s", 1}, {"ml/min", 1e-6 / 60}}, {{"l/min", 1e-3 / 60}}},
      {"pressure", {{"Pa", 1}, {"kPa", 1e3}}, {{"bar", 1e5}}},
      {"energy per bit", {{"J/bit", 1}, {"pJ/bit", 1e-12}, {"fJ/bit", 1e-15}}, {}},
      {"power density", {{"W/m2", 1}, {"W/mm2", 1e6}, {"mW/mm2", 1e3}}, {{"W/cm2", 1e4}}},
      {"Seebeck coefficient", {{"V/K", 1}, {"mV/K", 1e-3}, {"uV/K", 1e-6}}, {}},
      {"latent heat", {{"J/kg", 1}, {"kJ/kg", 1e3}}, {}},
      {"viscosity", {{"Pa s", 1}, {"mPa s", 1e-3}}, {}},
      {"fraction", {}, {{"%", 1e-2}}},
  };
  return table.at(static_cast<std::size_t>(dimension));
}

/// `none` first.
std::vector<Dimension> all_dimensions() {
  std::vector<Dimension> all;
  for (int i = 0; i <= static_cast<int>(Dimension::fraction); ++i) all.push_back(static_cast<Dimension>(i));
  return all;
}

bool plain(Dimension dimension) {
  return dimension == Dimension::none || dimension == Dimension::fraction;
}

std::string shortest(double value) {
  return fmt::format("{}", value);
}

const Unit* find_unit(const DimensionInfo& dimension, std::string_view symbol) {
  for (const auto* units : {&dimension.units, &dimension.accepted})
    for (const Unit& unit : *units)
      if (unit.symbol == symbol) return &unit;
  return nullptr;
}

/// The unit in which people would write a value of this size.
const Unit& fitting_unit(const DimensionInfo& dimension, double value) {
  const Unit* best = &dimension.units.front();
  double best_distance = 1e300;
  for (const Unit& unit : dimension.units) {
    const double scaled = std::abs(value) / unit.factor;
    if (scaled == 0) continue;
    const double magnitude = std::log10(scaled);
    const double distance = magnitude < 0 ? -magnitude * 4 : magnitude < 3 ? 0.01 * magnitude : magnitude;
    if (distance < best_distance) {
      best_distance = distance;
      best = &unit;
    }
  }
  return *best;
}

}  // namespace

double parse_quantity(std::string_view text, Dimension dimension) {
  const DimensionInfo& about = info(dimension);
  const std::string_view content = trim(text);
  const auto complain = [&](std::string_view what) {
    const std::string hint = plain(dimension)
                                 ? "write a number"
                                 : fmt::format("write a number and one of: {}", allowed_units(dimension));
    return UnitError(fmt::format("'{}' {}; {}", text, what, hint));
  };
  double value = 0;
  std::string_view number = content;
  if (!number.empty() && number.front() == '+') number.remove_prefix(1);
  const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), value);
  if (error != std::errc() || !std::isfinite(value)) throw complain(fmt::format("is not a {}", about.name));
  const std::string_view symbol =
      trim(std::string_view(end, static_cast<std::size_t>(number.data() + number.size() - end)));
  if (symbol.empty()) {
    if (!plain(dimension)) throw complain(fmt::format("has no unit, a {} is needed", about.name));
    return value;
  }
  const Unit* unit = find_unit(about, symbol);
  if (unit == nullptr) throw complain(fmt::format("has the unit '{}', a {} is needed", symbol, about.name));
  const double si = (value + unit->offset) * unit->factor;
  if (!std::isfinite(si)) throw complain("is too large");
  return si;
}

std::string format_quantity(double value, Dimension dimension) {
  if (plain(dimension)) return shortest(value);
  const DimensionInfo& about = info(dimension);
  const Unit& fitting = fitting_unit(about, value);
  std::string best = fmt::format("{} {}", shortest(value), about.units.front().symbol);
  const double scaled = value / fitting.factor;
  // Division may round: take the readable spelling only if it reads back to the same bits.
  for (const double candidate : {scaled, std::nextafter(scaled, 1e300), std::nextafter(scaled, -1e300)}) {
    const std::string text = fmt::format("{} {}", shortest(candidate), fitting.symbol);
    if (parse_quantity(text, dimension) == value && text.size() <= best.size() + 3) return text;
  }
  return best;
}

std::string display_quantity(double value, Dimension dimension, int digits) {
  if (plain(dimension)) return fmt::format("{:.{}g}", value, digits);
  const Unit& unit = fitting_unit(info(dimension), value);
  const double scaled = value / unit.factor;
  const int width = std::abs(scaled) >= 1000 ? 4 : digits;
  return fmt::format("{:.{}g} {}", scaled, width, unit.symbol);
}

DisplayUnit display_unit(double value, Dimension dimension) {
  if (plain(dimension)) return {};
  const Unit& unit = fitting_unit(info(dimension), value);
  return {unit.symbol, unit.factor};
}

std::optional<Dimension> dimension_of_unit(std::string_view si_symbol) {
  for (const Dimension dimension : all_dimensions())
    if (!si_symbol.empty() && si_unit(dimension) == si_symbol) return dimension;
  return std::nullopt;
}

std::optional<Dimension> common_dimension(const std::vector<std::string>& texts) {
  const auto fits = [](const std::string& text, Dimension dimension) {
    try {
      parse_quantity(text, dimension);
      return true;
    } catch (const UnitError&) {
      return false;
    }
  };
  if (texts.empty()) return std::nullopt;
  for (const Dimension dimension : all_dimensions())
    if (std::all_of(texts.begin(), texts.end(), [&](const auto& text) { return fits(text, dimension); }))
      return dimension;
  return std::nullopt;
}

std::string_view si_unit(Dimension dimension) {
  const DimensionInfo& about = info(dimension);
  return about.units.empty() ? std::string_view() : about.units.front().symbol;
}

std::string allowed_units(Dimension dimension) {
  std::vector<std::string> symbols;
  const DimensionInfo& about = info(dimension);
  for (const auto* units : {&about.units, &about.accepted})
    for (const Unit& unit : *units) symbols.emplace_back(unit.symbol);
  return join(symbols, ", ");
}

std::string_view name(Dimension dimension) {
  return info(dimension).name;
}

}  // namespace kiln::base
