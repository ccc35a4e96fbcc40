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
  explicit StepEnergy(const Findings& f) : f_(f), totals_(f.device.power().blocks(), stats::Counts{}) {
    for (const auto& [key, by_block] : f.step.record.by_layer_and_phase)
      for (std::size_t b = 0; b < by_block.size(); ++b)
        for (std::size_t k = 0; k < stats::kActivityKinds; ++k) totals_[b][k] += by_block[b][k];
    busy_ = f.observed.time_s > 0 ? f.observed.busy_s / f.observed.time_s : 1;
  }

  double of(const soc::SocConfig& soc) const {
    const device::ChipPower power(soc, soc::plan_chip(soc));
    const sim::OperatingPoint& point = f_.observed.point;
    const device::StaticPower active = power.statics(point, power::PowerState::active),
                              gated = power.statics(point, power::PowerState::clock_gated);
    const auto watts = [&](const device::StaticPower& statics, std::size_t b) {
      return statics.clock_w[b] + statics.uncore_w[b] + statics.leakage_w(b, f_.device.block_c(b));
    };
    double joules = 0, static_w = 0;
    for (std::size_t b = 0; b < power.blocks(); ++b) {
      joules += power.dynamic_j(b, totals_[b], point.voltage_v);
      static_w += busy_ * watts(active, b) + (busy_ < 1 ? (1 - busy_) * watts(gated, b) : 0);
    }
    const double chip_j = joules * f_.energy.dynamic_scale + static_w * f_.step_time_s;
    return power::input_power_w(soc.board, chip_j / f_.step_time_s) * f_.step_time_s;
  }

 private:
  const Findings& f_;
  std::vector<stats::Counts> totals_;
  double busy_ = 1;
};

/// Where a constant has to go for the joules to rise and fall, and by how much they do.
struct Effect {
  const Constant* constant;
  double raising, lowering;  ///< targets
  double rise_j, fall_j;     ///< at the ends of its band, both at least 0 (or m2)
};

template <class Quantity>
Effect effect_of(const Quantity& quantity, const soc::SocConfig& soc, const Constant& c, double nominal) {
  const bool up = c.high > c.value;
  const double target = up ? c.high : c.low;
  // Joules are all but linear in every constant, so one end tells of the other.
  const double slope = (quantity(experiment::shifted(soc, {{&c, target}})) - nominal) / (target - c.value);
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
  for (Effect& e : effects) e.rise_j += e.fall_j;
  const Weighed weighed(effects, &Effect::rise_j);
  const double variance = weighed.deviation * weighed.deviation;
  std::vector<std::pair<std::string, double>> causes;
  for (const auto& [name, d] : weighed.alone)
    if (variance > 0) causes.emplace_back(name, d * weighed.with_others.at(name) / variance);
  std::stable_sort(causes.begin(), causes.end(),
                   [](const auto& a, const auto& b) { return a.second > b.second; });
  return causes;
}

}  // namespace

Interval area_band(const soc::SocConfig& soc, const std::vector<Constant>& constants) {
  const auto area = [](const soc::SocConfig& chip) { return soc::plan_chip(chip).die_area_m2; };
  const double nominal = area(soc);
  std::vector<Effect> effects;
  for (const Constant& constant : constants) effects.push_back(effect_of(area, soc, constant, nominal));
  return {nominal - Weighed(effects, &Effect::fall_j).deviation,
          nominal + Weighed(effects, &Effect::rise_j).deviation};
}

Corners corners_of(const Findings& f, const std::vector<Constant>& constants) {
  const StepEnergy step(f);
  const auto energy = [&](const soc::SocConfig& chip) { return step.of(chip); };
  const soc::SocConfig& soc = f.experiment.soc;
  const double nominal_j = energy(soc);
  std::vector<Effect> effects;
  for (const Constant& constant : constants) effects.push_back(effect_of(energy, soc, constant, nominal_j));
  Corners corners;
  corners.low = experiment::shifted(soc, corner(effects, &Effect::lowering, &Effect::fall_j));
  corners.high = experiment::shifted(soc, corner(effects, &Effect::raising, &Effect::rise_j));
  corners.low_ratio = energy(corners.low) / nominal_j;
  corners.high_ratio = energy(corners.high) / nominal_j;
  corners.causes = causes_of(effects);
  return corners;
}

}  // namespace kiln::report
