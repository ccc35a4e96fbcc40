// SPDX-License-Identifier: MIT
#include "governor/policies/power_allocator.h"

#include <algorithm>
#include <cmath>

namespace kiln::governor {

using config::Dimension;

namespace {

std::int64_t milli(double value) {
  return std::llround(value * 1000);
}

IpaZone zone_of(const PowerAllocatorConfig& config, double period_s) {
  const std::int64_t sustainable_mw = milli(config.sustainable_w);
  return {.sustainable_mw = sustainable_mw,
          .control_mc = milli(config.control_c),
          .maximum_mw = milli(config.maximum_w) + milli(config.hbm_maximum_w),
          .integral_cutoff_mc = milli(config.integral_cutoff_k),
          .period_ms = milli(period_s),
          .gains = estimate_gains(sustainable_mw, milli(config.switch_on_c), milli(config.control_c))};
}

}  // namespace

const config::Record<PowerAllocatorConfig>& describe(const PowerAllocatorConfig*) {
  static const auto record = config::Record<PowerAllocatorConfig>(
                                 "power_allocator", "PID power budget shared by request, as in Linux' IPA")
                                 .field("sustainable_power", &PowerAllocatorConfig::sustainable_w,
                                        {.doc = "Power the package can carry away at the control temperature",
                                         .unit = Dimension::power,
                                         .min = 1e-3,
                                         .max = 1e4,
                                         .source = "device trees in Linux: 0.7 to 5 W for phone-class SoCs"})
                                 .field("switch_on", &PowerAllocatorConfig::switch_on_c,
                                        {.doc = "The controller works above this",
                                         .unit = Dimension::temperature,
                                         .min = -50,
                                         .max = 150,
                                         .source = "MT8173-class device tree: 68 degC"})
                                 .field("control", &PowerAllocatorConfig::control_c,
                                        {.doc = "Temperature it steers to",
                                         .unit = Dimension::temperature,
                                         .min = -50,
                                         .max = 150,
                                         .source = "MT8173-class device tree: 85 degC"})
                                 .field("maximum_power", &PowerAllocatorConfig::maximum_w,
                                        {.doc = "Most the clock domain can draw",
                                         .unit = Dimension::power,
                                         .min = 1e-3,
                                         .max = 1e4,
                                         .source = "estimate: set it to the SoC's peak"})
                                 .field("hbm_maximum_power", &PowerAllocatorConfig::hbm_maximum_w,
                                        {.doc = "Most the memory can draw; 0 W leaves it out of the budget",
                                         .unit = Dimension::power,
                                         .min = 0,
                                         .max = 1e4,
                                         .source = "estimate: memory is not governed unless asked for"})
                                 .field("hbm_weight", &PowerAllocatorConfig::hbm_weight,
                                        {.doc = "Weight of the memory's request",
                                         .min = 0.01,
                                         .max = 100,
                                         .source = "Linux: equal weights"})
                                 .field("hbm_floor", &PowerAllocatorConfig::hbm_floor,
                                        {.doc = "Lowest memory clock factor",
                                         .unit = Dimension::fraction,
                                         .min = 0.1,
                                         .max = 1,
                                         .source = "estimate: half rate"})
                                 .field("integral_cutoff", &PowerAllocatorConfig::integral_cutoff_k,
                                        {.doc = "Errors are summed below this one",
                                         .unit = Dimension::temperature_difference,
                                         .min = 0,
                                         .max = 100,
                                         .source = "Linux: 0"})
                                 .check([](const PowerAllocatorConfig& c, config::Checker& check) {
                                   if (c.switch_on_c >= c.control_c)
                                     check.fail("switch_on", "must lie below control");
                                 });
  return record;
}

PowerAllocator::PowerAllocator(const PowerAllocatorConfig& config, std::span<const OperatingPoint> table,
                               double period_s)
    : config_(config), table_(table.begin(), table.end()), controller_(zone_of(config, period_s)) {}

void PowerAllocator::reset() {
  controller_.reset();
  hbm_factor_ = 1;
}

int PowerAllocator::level_within(double granted_w, double drawn_w, int current_level) const {
  const double per_rate = drawn_w / switching_rate(table_[static_cast<std::size_t>(current_level)]);
  int level = 0;
  for (std::size_t i = 0; i < table_.size(); ++i)
    if (per_rate * switching_rate(table_[i]) <= granted_w) level = static_cast<int>(i);
  return level;
}

Decision PowerAllocator::decide(const Observation& observation) {
  const int top_level = static_cast<int>(table_.size()) - 1;
  const auto hottest_c = observation.hottest_c();
  if (!hottest_c || *hottest_c < config_.switch_on_c) {
    reset();
    return {.level = top_level};
  }
  const auto& split_w = observation.actor_power_w;
  const double domain_w = split_w.empty() ? observation.power_w : split_w[0];
  const double memory_w = config_.hbm_maximum_w > 0 && split_w.size() > 1 ? split_w[1] : 0;
  const auto granted_mw =
      divide_budget({{milli(domain_w), milli(config_.maximum_w)},
                     {std::llround(config_.hbm_weight * static_cast<double>(milli(memory_w))),
                      milli(config_.hbm_maximum_w)}},
                    controller_.budget_mw(milli(*hottest_c)));
  Decision decision;
  decision.level = level_within(1e-3 * static_cast<double>(granted_mw[0]), domain_w,
                                std::clamp(observation.current_level, 0, top_level));
  if (memory_w > 0) {
    const double wanted_w = memory_w / hbm_factor_;  // what it would draw unthrottled
    hbm_factor_ = std::clamp(1e-3 * static_cast<double>(granted_mw[1]) / wanted_w, config_.hbm_floor, 1.0);
    decision.hbm_frequency_factor = hbm_factor_;
  }
  return decision;
}

std::vector<double> PowerAllocator::state() const {
  return {static_cast<double>(controller_.integral()), static_cast<double>(controller_.previous_error()),
          hbm_factor_};
}

}  // namespace kiln::governor
