// SPDX-License-Identifier: MIT
#include "report/limited_parts.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "report/figures.h"
#include "report/heat_limits.h"

namespace kiln::report {

namespace {

constexpr std::size_t kBlocksShown = 5;  // of the die

/// " (51 to 60)" around a temperature, or nothing.
std::string range_c(const Findings& f, const LimitedPart& part) {
  const Interval interval = f.uncertainty.of(part.band_of, part.celsius);
  if (interval.high - interval.low < 0.1) return "";
  return fmt::format(" ({:.0f} to {:.0f})", interval.low, interval.high);
}

std::string part_text(const Findings& f, const LimitedPart& part) {
  if (part.name != "die") return fmt::format("{} {:.1f}{}", part.name, part.celsius, range_c(f, part));
  std::string text = part.name;
  const std::vector<figures::BlockHeat> blocks = figures::die_by_heat(f);
  for (std::size_t i = 0; i < std::min(kBlocksShown, blocks.size()); ++i)
    text += fmt::format(" {} {:.1f}", blocks[i].block, blocks[i].celsius);
  return text + range_c(f, part);
}

}  // namespace

std::vector<LimitedPart> limited_parts(const Findings& f) {
  std::vector<LimitedPart> parts;
  const std::vector<double>& peaks = f.observed.peak_block_c;
  if (peaks.empty()) return parts;
  const HeatLimits limits = heat_limits(f.experiment);
  const auto add_block = [&](const char* name, int block, double limit_c) {
    if (block < 0) return;
    const auto index = static_cast<std::size_t>(block);
    parts.push_back(
        {name, peaks[index], limit_c, "peak_temperature_c." + f.prepared.plan.floorplan.blocks[index].name});
  };
  if (const std::vector<figures::BlockHeat> die = figures::die_by_heat(f); !die.empty())
    parts.push_back({"die", die.front().celsius, limits.die_c, "peak_temperature_c." + die.front().block});
  add_block("memory", f.prepared.plan.memory_block, limits.memory_c);
  add_block("regulators", f.device.regulator_block(), limits.regulators_c);
  if (f.device.heat().has_probe(thermal::Probe::skin))
    parts.push_back({"skin", f.observed.peak_skin_c, limits.skin_c, "skin_temperature_c"});
  std::stable_sort(parts.begin(), parts.end(),
                   [](const LimitedPart& a, const LimitedPart& b) { return a.celsius > b.celsius; });
  return parts;
}

Numbers headroom_k(const Findings& f) {
  Numbers numbers;
  for (const LimitedPart& part : limited_parts(f)) numbers.emplace_back(part.name, part.headroom_k());
  return numbers;
}

std::string temperatures_text(const Findings& f) {
  std::string text;
  for (const LimitedPart& part : limited_parts(f)) text += (text.empty() ? "" : "; ") + part_text(f, part);
  return text.empty() ? "nothing was observed" : text + " degC";
}

std::string headroom_text(const Findings& f) {
  std::vector<LimitedPart> parts = limited_parts(f);
  std::stable_sort(parts.begin(), parts.end(), [](const LimitedPart& a, const LimitedPart& b) {
    return a.headroom_k() < b.headroom_k();
  });
  std::string text;
  for (const LimitedPart& part : parts)
    text += fmt::format("{}{} {:.1f} K {} {:.0f}", text.empty() ? "" : "; ", part.name,
                        std::abs(part.headroom_k()), part.headroom_k() < 0 ? "over" : "to", part.limit_c);
  return text.empty() ? "nothing was observed" : text + " degC";
}

}  // namespace kiln::report
