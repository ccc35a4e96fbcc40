// SPDX-License-Identifier: MIT
#include "report/heat_limits.h"

#include <fmt/core.h>

#include <algorithm>

namespace kiln::report {

namespace {

/// One part held against its limits.
struct Part {
  double celsius;
  const std::string& where;
  Validity& found;

  void over(const char* code, Severity severity, double limit_c, const char* what) const {
    if (celsius <= limit_c) return;
    found.add(code, severity, celsius, limit_c, where,
              fmt::format("{} reaches {:.1f} degC, above its limit of {:.0f} degC", what, celsius, limit_c));
  }
};

}  // namespace

HeatLimits heat_limits(const experiment::ExperimentConfig& experiment) {
  const governor::GuardConfig& guard = experiment.governor.guard;
  return {guard.shutdown_c, std::min(guard.hbm_shutdown_c, experiment.soc.memory.dram.refresh.limit_c),
          experiment.soc.board.regulator_limit_c, experiment.soc.package.skin_limit_c};
}

void judge_heat(const experiment::ExperimentConfig& experiment, const soc::ChipPlan& plan,
                const HeatPeaks& peaks, Validity& found) {
  const HeatLimits limits = heat_limits(experiment);
  for (std::size_t b = 0; b < peaks.block_c.size(); ++b) {
    const Part block{peaks.block_c[b], plan.floorplan.blocks[b].name, found};
    const auto index = static_cast<int>(b);
    if (index == plan.memory_block)
      block.over("memory_too_hot", Severity::invalid, limits.memory_c, "the memory");
    else if (index == plan.regulator_block)
      block.over("regulators_too_hot", Severity::warn, limits.regulators_c, "the block of regulators");
    else
      block.over("die_too_hot", Severity::invalid, limits.die_c, "the die");
    if (index != plan.regulator_block)
      block.over("outside_model", Severity::warn, kHottestModel_c, "leakage's law");
  }
  const std::string skin = "skin";
  if (experiment.soc.package.skin)
    Part{peaks.skin_c, skin, found}.over("skin_too_hot", Severity::warn, limits.skin_c, "the outside");
}

void judge_cold(double coldest_c, const char* where, Validity& found) {
  if (coldest_c < kColdestModel_c)
    found.add("outside_model", Severity::warn, coldest_c, kColdestModel_c, where,
              fmt::format("leakage is extrapolated below {:.0f} degC", kColdestModel_c));
}

}  // namespace kiln::report
