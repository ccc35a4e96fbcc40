// SPDX-License-Identifier: MIT
#include "pdn/battery.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/error.h"

namespace kiln::pdn {

namespace {

/// From empty to full, with the voltage never falling.
bool rises(const std::vector<VoltagePoint>& curve) {
  bool good =
      curve.size() >= 2 && curve.front().state_of_charge == 0.0 && curve.back().state_of_charge == 1.0;
  for (std::size_t i = 1; i < curve.size(); ++i)
    good = good && curve[i].state_of_charge > curve[i - 1].state_of_charge &&
           curve[i].open_circuit_v >= curve[i - 1].open_circuit_v;
  return good;
}

}  // namespace

Battery::Battery(const BatteryConfig& config, double state_of_charge)
    : config_(config), charge_c_(config.capacity_c * std::clamp(state_of_charge, 0.0, 1.0)) {
  if (!rises(config.curve))
    throw base::SimError("a battery's voltage curve must rise from state of charge 0 to 1");
}

double Battery::open_circuit_v() const {
  const auto& curve = config_.curve;
  const double charge = state_of_charge();
  for (std::size_t i = 1; i < curve.size(); ++i) {
    if (charge > curve[i].state_of_charge) continue;
    const double share =
        (charge - curve[i - 1].state_of_charge) / (curve[i].state_of_charge - curve[i - 1].state_of_charge);
    return curve[i - 1].open_circuit_v + share * (curve[i].open_circuit_v - curve[i - 1].open_circuit_v);
  }
  return curve.back().open_circuit_v;
}

bool Battery::can_give(double power_w) const {
  const double open_v = open_circuit_v();
  return power_w * 4.0 * config_.internal_resistance_ohm <= open_v * open_v;
}

double Battery::current_a(double power_w) const {
  if (!can_give(power_w))
    throw base::SimError(fmt::format("the battery ({:.3g} V, {:.3g} ohm) cannot give {:.3g} W",
                                     open_circuit_v(), config_.internal_resistance_ohm, power_w));
  // P = (V - I R) I, the smaller root, in the form that does not cancel when R is small.
  const double open_v = open_circuit_v();
  const double root_v = std::sqrt(open_v * open_v - 4.0 * config_.internal_resistance_ohm * power_w);
  return 2.0 * power_w / (open_v + root_v);
}

double Battery::terminal_v(double power_w) const {
  return open_circuit_v() - current_a(power_w) * config_.internal_resistance_ohm;
}

bool Battery::empty(double power_w) const {
  return charge_c_ <= 0.0 || !can_give(power_w) || terminal_v(power_w) < config_.cutoff_v;
}

double Battery::discharge(double power_w, double dt_s) {
  // Slices of a thousandth of the charge follow the curve closely.
  double heat_j = 0.0;
  while (dt_s > 0.0 && !empty(power_w)) {
    const double current = current_a(power_w);
    const double slice_s = current > 0.0 ? std::min(dt_s, std::max(charge_c_ / current, 0.0)) : dt_s;
    const double used_s = current > 0.0 ? std::min(slice_s, 1e-3 * config_.capacity_c / current) : slice_s;
    charge_c_ = std::max(0.0, charge_c_ - current * used_s);
    heat_j += current * current * config_.internal_resistance_ohm * used_s;
    dt_s -= used_s;
    if (used_s <= 0.0) break;
  }
  return heat_j;
}

double Battery::seconds_left(double power_w) const {
  if (power_w <= 0.0) return std::numeric_limits<double>::infinity();
  Battery copy = *this;
  double seconds = 0.0;
  while (!copy.empty(power_w)) {
    const double slice_s = 1e-3 * config_.capacity_c / copy.current_a(power_w);
    const double before_c = copy.charge_c_;
    copy.discharge(power_w, slice_s);
    seconds += slice_s * (before_c - copy.charge_c_) / (1e-3 * config_.capacity_c);
    if (copy.charge_c_ >= before_c) break;
  }
  return seconds;
}

const config::Record<VoltagePoint>& describe(const VoltagePoint*) {
  using base::Dimension;
  static const auto record =
      config::Record<VoltagePoint>("voltage_point", "A point of a battery's voltage curve")
          .field("charge", &VoltagePoint::state_of_charge,
                 {.doc = "State of charge",
                  .unit = Dimension::fraction,
                  .min = 0.0,
                  .max = 1.0,
                  .required = true})
          .field("voltage", &VoltagePoint::open_circuit_v,
                 {.doc = "Open-circuit voltage",
                  .unit = Dimension::voltage,
                  .min = 0.0,
                  .max = 1e3,
                  .required = true});
  return record;
}

const config::Record<BatteryConfig>& describe(const BatteryConfig*) {
  using base::Dimension;
  static const auto record =
      config::Record<BatteryConfig>("battery", "A battery")
          .field("capacity", &BatteryConfig::capacity_c,
                 {.doc = "Charge when full",
                  .unit = Dimension::charge,
                  .min = 1e-3,
                  .max = 1e8,
                  .source = "estimate: 3000 mAh phone cell"})
          .field("internal_resistance", &BatteryConfig::internal_resistance_ohm,
                 {.doc = "Internal resistance",
                  .unit = Dimension::resistance,
                  .min = 0.0,
                  .max = 1e3,
                  .source = "estimate: 50 to 100 mOhm with protection circuit"})
          .field("cutoff", &BatteryConfig::cutoff_v,
                 {.doc = "Empty when the terminals fall below this",
                  .unit = Dimension::voltage,
                  .min = 0.0,
                  .max = 1e3,
                  .source = "lithium-ion on graphite: usual end of discharge, 2.8 to 3.0 V"})
          .field("curve", &BatteryConfig::curve,
                 {.doc = "Open-circuit voltage over state of charge",
                  .source = "estimate: shape of lithium-ion on graphite, 3.7 V in the middle, 4.2 V full"})
          .check([](const BatteryConfig& c, config::Checker& check) {
            if (!rises(c.curve))
              check.fail(
                  "curve",
                  "must rise from a charge of 0 % to 100 %, at no falling voltage, in two points or more");
          });
  return record;
}

}  // namespace kiln::pdn
