// SPDX-License-Identifier: MIT
#include "job/harvest.h"

#include <algorithm>
#include <cmath>

#include "base/csv.h"
#include "base/error.h"
#include "base/file.h"

namespace kiln::job {

Harvest::Harvest(const HarvestConfig& config) : repeat_s_(config.repeat_s) {
  const std::string& path = config.trace.path;
  const base::CsvTable table(path, base::read_file(path));
  const auto has = [&](const char* column) {
    return std::find(table.header().begin(), table.header().end(), column) != table.header().end();
  };
  const bool of_sun = has("irradiance_w_m2");
  if (!has("time_s") || of_sun == has("power_w"))
    throw base::ConfigError({path, 1, 1}, "",
                            "needs the columns time_s and either power_w or irradiance_w_m2");
  if (of_sun != config.area_m2.has_value())
    throw base::ConfigError(config.trace.place, "supply.harvest.area",
                            of_sun ? "is missing: the trace has watts per square metre"
                                   : "belongs to a trace of irradiance_w_m2; this one has power_w");
  const double factor = config.efficiency * config.area_m2.value_or(1);
  for (const base::CsvRow& row : table.rows()) {
    const double time_s = row.number("time_s");
    const double value = row.number(of_sun ? "irradiance_w_m2" : "power_w");
    if (time_s < 0 || (!points_.empty() && time_s <= points_.back().time_s))
      row.fail("time_s must rise from row to row, from 0 on");
    if (value < 0) row.fail("a harvester takes no power; write 0 or more");
    points_.push_back({time_s, value * factor});
  }
  if (points_.size() < 2) throw base::ConfigError({path, 1, 1}, "", "needs two points or more");
  if (repeat_s_ && *repeat_s_ < points_.back().time_s)
    throw base::ConfigError(
        config.trace.place, "supply.harvest.repeat",
        fmt::format("is shorter than the trace, which ends at {} s", points_.back().time_s));
}

double Harvest::power_w(double now_s) const {
  const double here_s = repeat_s_ ? std::fmod(now_s, *repeat_s_) : now_s;
  if (here_s < points_.front().time_s || here_s > points_.back().time_s) return 0;
  const auto next = std::lower_bound(points_.begin(), points_.end(), here_s,
                                     [](const Point& point, double at_s) { return point.time_s < at_s; });
  if (next == points_.begin()) return next->power_w;
  const Point& before = *std::prev(next);
  const double share = (here_s - before.time_s) / (next->time_s - before.time_s);
  return before.power_w + share * (next->power_w - before.power_w);
}

}  // namespace kiln::job
