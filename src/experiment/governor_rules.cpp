// SPDX-License-Identifier: MIT
#include "experiment/governor_rules.h"

#include <fmt/core.h>

#include <algorithm>
#include <string>
#include <vector>

#include "base/units.h"
#include "dram/refresh_rules.h"
#include "experiment/experiment.h"

namespace kiln::experiment {

namespace {

using base::Dimension;

/// The memory has to follow every rate of the rule in force, at every clock that a policy gives it.
void check_refresh(const ExperimentConfig& e, config::Checker& check) {
  const auto problem = [&](double clock_factor, double rate) {
    const dram::DramConfig& dram = e.soc.memory.dram;
    return dram::refresh_problem(dram, clock_factor * dram.clock_hz, rate);
  };
  const dram::RefreshConfig rule = refresh_rule(e);
  std::vector<double> rates = {rule.rate};
  for (const dram::RefreshStep& step : rule.steps) rates.push_back(rule.rate * step.rate);
  for (const double rate : rates)
    if (const std::string why = problem(1, rate); !why.empty()) {
      check.fail(e.governor.refresh ? "governor.refresh" : "soc.memory.dram.refresh",
                 "the memory cannot follow: " + why);
      return;
    }
  for (const governor::PolicyConfig& policy : e.governor.policies) {
    const double factor = governor::lowest_memory_clock(policy);
    for (const double rate : rates)
      if (const std::string why = problem(factor, rate); !why.empty()) {
        check.fail("governor.policies",
                   fmt::format("{} slows the memory clock to {:.3g} of it, where it cannot follow: {}; or "
                               "raise the policy's floor",
                               config::enum_name(policy.kind), factor, why));
        return;
      }
  }
}

/// A policy without its thermometer would take the worst for granted, and show no temperature.
std::string missing_thermometer(const ExperimentConfig& e, const governor::PolicyConfig& policy) {
  if (e.soc.sensors.empty() && governor::reads_sensors(policy.kind))
    return "reads sensors and the SoC has none; give soc.sensors";
  if (policy.kind != governor::PolicyKind::skin) return "";
  const bool skin = policy.skin.source == governor::SkinSource::skin;
  if (skin ? e.soc.package.skin.has_value() : e.soc.package.board.has_value()) return "";
  const char* key = skin ? "skin" : "board";
  return fmt::format("looks at the {} and the package has no thermometer there; give soc.package.{}", key,
                     key);
}

/// Clocks of phases are levels from below: one above the highest would silently be that, one below the lowest
/// would be exceeded. Between steps the slowest level is meant by any lower clock.
void check_clocks(const ExperimentConfig& e, const governor::PerPhaseConfig& policy, const std::string& at,
                  config::Checker& check) {
  constexpr double kRounding = 1e-6;
  const std::vector<governor::OperatingPoint>& points = e.soc.operating_points.points;
  if (points.empty()) return;
  const double lowest_hz = points.front().frequency_hz, highest_hz = points.back().frequency_hz;
  const auto clock = [&](const char* key, double hz, bool may_be_lower) {
    if (hz == 0) return;
    if (hz <= highest_hz * (1 + kRounding) && (may_be_lower || hz >= lowest_hz * (1 - kRounding))) return;
    check.fail(at + "." + key, fmt::format("{} is outside soc.operating_points: {} to {}",
                                           base::format_quantity(hz, Dimension::frequency),
                                           base::format_quantity(lowest_hz, Dimension::frequency),
                                           base::format_quantity(highest_hz, Dimension::frequency)));
  };
  clock("forward", policy.forward_hz, false);
  clock("dgrad", policy.dgrad_hz, false);
  clock("wgrad", policy.wgrad_hz, false);
  clock("compress", policy.compress_hz, false);
  clock("reduce", policy.reduce_hz, false);
  clock("update", policy.update_hz, false);
  clock("idle", policy.idle_hz, true);
}

}  // namespace

void check_governor(const ExperimentConfig& e, config::Checker& check) {
  for (std::size_t i = 0; i < e.governor.policies.size(); ++i) {
    const governor::PolicyConfig& policy = e.governor.policies[i];
    if (const std::string why = missing_thermometer(e, policy); !why.empty())
      check.fail("governor", fmt::format("policy {} {}", config::enum_name(policy.kind), why));
    if (policy.kind == governor::PolicyKind::per_phase)
      check_clocks(e, policy.per_phase, fmt::format("governor.policies.{}.per_phase", i), check);
  }
  check_refresh(e, check);
}

}  // namespace kiln::experiment
