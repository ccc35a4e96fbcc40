// SPDX-License-Identifier: MIT
#include "governor/operating_point.h"

#include "base/error.h"

namespace kiln::governor {

using config::Dimension;

const config::Record<OperatingPoint>& describe(const OperatingPoint*) {
  static const auto record =
      config::Record<OperatingPoint>("operating_point", "A clock and the voltage that holds it")
          .field("frequency", &OperatingPoint::frequency_hz,
                 {.doc = "Clock", .unit = Dimension::frequency, .min = 1e6, .max = 1e11, .required = true})
          .field("voltage", &OperatingPoint::voltage_v,
                 {.doc = "Core voltage; 0 V takes the lowest that the technology's speed law allows",
                  .unit = Dimension::voltage,
                  .min = 0,
                  .max = 2,
                  .source = "the technology's speed law"});
  return record;
}

const config::Record<OppTableConfig>& describe(const OppTableConfig*) {
  static const auto record =
      config::Record<OppTableConfig>("opp_table", "Operating points, slowest first")
          .field("points", &OppTableConfig::points,
                 {.doc = "Clock and voltage of each level, clocks rising", .required = true})
          .check([](const OppTableConfig& c, config::Checker& check) {
            if (c.points.empty()) check.fail("points", "needs at least one operating point");
            for (std::size_t i = 1; i < c.points.size(); ++i)
              if (c.points[i].frequency_hz <= c.points[i - 1].frequency_hz)
                check.fail("points", "clocks must rise from point to point");
          });
  return record;
}

std::vector<OperatingPoint> make_opp_table(const OppTableConfig& config,
                                           const std::function<double(double)>& voltage_for_hz) {
  if (config.points.empty()) throw base::SimError("governor: the table of operating points is empty");
  std::vector<OperatingPoint> table = config.points;
  for (OperatingPoint& point : table)
    if (point.voltage_v <= 0) point.voltage_v = voltage_for_hz(point.frequency_hz);
  for (std::size_t i = 1; i < table.size(); ++i) {
    if (table[i].frequency_hz <= table[i - 1].frequency_hz || table[i].voltage_v < table[i - 1].voltage_v)
      throw base::SimError(
          fmt::format("governor: operating point {} ({:.4g} MHz, {:.3g} V) must be faster than the one "
                      "before it, at no less "
                      "voltage ({:.4g} MHz, {:.3g} V)",
                      i, table[i].frequency_hz / 1e6, table[i].voltage_v, table[i - 1].frequency_hz / 1e6,
                      table[i - 1].voltage_v));
  }
  return table;
}

int level_at_or_below(std::span<const OperatingPoint> table, double frequency_hz) {
  int level = 0;
  for (std::size_t i = 0; i < table.size(); ++i)
    if (table[i].frequency_hz <= frequency_hz * (1 + 1e-9)) level = static_cast<int>(i);
  return level;
}

double switching_rate(const OperatingPoint& point) {
  return point.frequency_hz * point.voltage_v * point.voltage_v;
}

}  // namespace kiln::governor
