// SPDX-License-Identifier: MIT
#include "report/sensitivity.h"

#include <algorithm>
#include <cmath>
#include <map>

namespace kiln::report {

using experiment::Constant;
using experiment::Shift;

namespace {

/// Joules of one step of a chip that does and is as hot as the observed one.
class StepEnergy {
 public:
  explicit StepEnergy(const Findings& f)
      : f_(f), totals_(stats::totals_by_block(f.step.record.by_layer_and_phase, f.device.power().blocks())) {
    busy_ = f.observed.time_s > 0 ? f.observed.busy_s / f.observed.time_s : 1;
  }

  double of(const soc::SocConfig& soc, const soc::ChipPlan& plan) const {
    const device::ChipPower power(soc, plan);
    const sim::OperatingPoint& point = f_.observed.point;
    const device::StaticPower active = power.statics(point, power::PowerState::active),
                              gated = power.statics(point, power::PowerState::clock_gated);
    const auto watts = [&](const device::StaticPower& statics, std::size_t b) {
      return statics.clock_w[b] + statics.uncore_w[b] + statics.leakage_w(b, f_.device.block_c(b));
    };
    std::vector<double> block_w;
    for (std::size_t b = 0; b < power.blocks(); ++b) {
      const double dynamic_j = power.dynamic_j(b, totals_[b], point.voltage_v) * f_.energy.dynamic_scale;
      block_w.push_back(dynamic_j / f_.step_time_s + busy_ * watts(active, b) +
                        (busy_ < 1 ? (1 - busy_) * watts(gated, b) : 0));
    }
    return device::PowerSupply(soc).input_w(f_.device.rail_load(block_w, point)) * f_.step_time_s;
  }

 private:
  const Findings& f_;
  std::vector<stats::Counts> totals_;
  double busy_ = 1;
};

/// Where a constant has to go for joules (or an area) to rise and fall, and by how much they do.
struct Effect {
  const Constant* constant;
  double raising, lowering;  ///< targets
  double rise, fall;         ///< at the ends of its band, both at least 0
};

/// The end of the band that tells of the other, too: what is weighed is all but linear in every constant.
double probed(const Constant& c) {
  return c.high > c.value ? c.high : c.low;
}

/// `change`: with the constant there instead of at its value.
Effect effect_of(const Constant& c, double change) {
  const double slope = change / (probed(c) - c.value);
  const double to_high = slope * (c.high - c.value), to_low = slope * (c.low - c.value);
  if (slope >= 0) return {&c, c.high, c.low, to_high, -to_low};
  return {&c, c.low, c.high, to_low, -to_high};
}

/// Groups of one node are known from the same libraries and rules of thumb; the rest is independent.
constexpr double kWithinNode = 0.25;  // correlation, estimate

bool of_node(const std::string& group, const std::vector<Effect>& effects) {
  return std::any_of(effects.begin(), effects.end(), [&](const Effect& e) {
    return e.constant->group == group && e.constant->path.starts_with("tech.");
  });
}

/// Groups with what they do, and the same multiplied by their correlations.
struct Weighed {
  std::map<std::string, double> alone, with_others;
  double deviation = 0;  ///< of the sum

  Weighed(const std::vector<Effect>& effects, double Effect::*change) {
    for (const Effect& e : effects) alone[e.constant->group] += e.*change;
    double node = 0, variance = 0;
    for (const auto& [name, d] : alone)
      if (of_node(name, effects)) node += d;
    for (const auto& [name, d] : alone) {
      const bool inside = of_node(name, effects);
      with_others[name] = inside ? (1 - kWithinNode) * d + kWithinNode * node : d;
      variance += d * with_others[name];
    }
    deviation = std::sqrt(std::max(0.0, variance));
  }
};

/// Each group as far as its share of the whole band says: the likeliest chip with that energy.
std::vector<Shift> corner(const std::vector<Effect>& effects, double Effect::*target,
                          double Effect::*joules) {
  const Weighed weighed(effects, joules);
  std::vector<Shift> shifts;
  for (const Effect& e : effects) {
    if (weighed.deviation == 0) break;
    const double share = std::min(1.0, weighed.with_others.at(e.constant->group) / weighed.deviation);
    const double by = share * (e.*target - e.constant->value);
    if (by != 0) shifts.push_back({e.constant, e.constant->value + by});
  }
  return shifts;
}

std::vector<std::pair<std::string, double>> causes_of(std::vector<Effect> effects) {
  for (Effect& e : effects) e.rise += e.fall;
  const Weighed weighed(effects, &Effect::rise);
  const double variance = weighed.deviation * weighed.deviation;
  std::vector<std::pair<std::string, double>> causes;
  for (const auto& [name, d] : weighed.alone)
    if (variance > 0) causes.emplace_back(name, d * weighed.with_others.at(name) / variance);
  std::stable_sort(causes.begin(), causes.end(),
                   [](const auto& a, const auto& b) { return a.second > b.second; });
  return causes;
}

}  // namespace

Corners corners_of(const Findings& f, const std::vector<Constant>& constants) {
  const StepEnergy step(f);
  struct Amounts {
    double joules, area_m2;
  };
  const auto amounts = [&](const soc::SocConfig& chip) {
    const soc::ChipPlan plan = soc::plan_chip(chip);
    return Amounts{step.of(chip, plan), plan.die_area_m2};
  };
  const experiment::ShiftableChip chip(f.experiment.soc);
  const Amounts nominal = amounts(f.experiment.soc);
  std::vector<Effect> on_joules, on_area;
  for (const Constant& constant : constants) {
    if (constant.moves_time()) continue;
    const Amounts moved = amounts(chip.with({{&constant, probed(constant)}}));
    on_joules.push_back(effect_of(constant, moved.joules - nominal.joules));
    on_area.push_back(effect_of(constant, moved.area_m2 - nominal.area_m2));
  }
  Corners corners;
  corners.low = chip.with(corner(on_joules, &Effect::lowering, &Effect::fall));
  corners.high = chip.with(corner(on_joules, &Effect::raising, &Effect::rise));
  corners.low_ratio = amounts(corners.low).joules / nominal.joules;
  corners.high_ratio = amounts(corners.high).joules / nominal.joules;
  corners.causes = causes_of(on_joules);
  corners.die_area_m2 = {nominal.area_m2 - Weighed(on_area, &Effect::fall).deviation,
                         nominal.area_m2 + Weighed(on_area, &Effect::rise).deviation};
  return corners;
}

}  // namespace kiln::report
