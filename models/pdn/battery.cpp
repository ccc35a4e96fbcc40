// SPDX-License-Identifier: MIT
#include "pdn/battery.h"

#include <fmt/core.h>

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

/// The current at which a source of this voltage behind a resistance gives (power > 0) or takes a power:
/// P = (V - I R) I, the smaller root, in the form that does not cancel when R is small. At most what the
/// source can give.
double current_of(double open_v, double resistance_ohm, double power_w) {
  const double under_root = std::max(0.0, open_v * open_v - 4.0 * resistance_ohm * power_w);
  return 2.0 * power_w / (open_v + std::sqrt(under_root));
}

constexpr double kSlice = 1e-3;  // of the capacity: follows the curve closely

}  // namespace

Battery::Battery(const BatteryConfig& config, double state_of_charge)
    : config_(config), charge_c_(config.capacity_c * std::clamp(state_of_charge, 0.0, 1.0)) {
  if (!rises(config.curve))
    throw base::SimError("a battery's voltage curve must rise from state of charge 0 to 1");
}

double Battery::open_circuit_v_at(double charge_c) const {
  const auto& curve = config_.curve;
  const double charge = std::clamp(charge_c / config_.capacity_c, 0.0, 1.0);
  for (std::size_t i = 1; i < curve.size(); ++i) {
    if (charge > curve[i].state_of_charge) continue;
    const double share =
        (charge - curve[i - 1].state_of_charge) / (curve[i].state_of_charge - curve[i - 1].state_of_charge);
    return curve[i - 1].open_circuit_v + share * (curve[i].open_circuit_v - curve[i - 1].open_circuit_v);
  }
  return curve.back().open_circuit_v;
}

double Battery::open_circuit_v() const {
  return open_circuit_v_at(charge_c_);
}

double Battery::stored_j() const {
  const auto& curve = config_.curve;
  const double charge = state_of_charge();
  double joules = 0.0;
  for (std::size_t i = 1; i < curve.size() && charge > curve[i - 1].state_of_charge; ++i) {
    const double upto = std::min(charge, curve[i].state_of_charge);
    const double mean_v = 0.5 * (curve[i - 1].open_circuit_v + open_circuit_v_at(upto * config_.capacity_c));
    joules += mean_v * (upto - curve[i - 1].state_of_charge) * config_.capacity_c;
  }
  return joules;
}

bool Battery::can_give(double power_w) const {
  const double open_v = open_circuit_v();
  return power_w * 4.0 * config_.internal_resistance_ohm <= open_v * open_v;
}

double Battery::current_a(double power_w) const {
  if (!can_give(power_w))
    throw base::SimError(fmt::format("the battery ({:.3g} V, {:.3g} ohm) cannot give {:.3g} W",
                                     open_circuit_v(), config_.internal_resistance_ohm, power_w));
  return current_of(open_circuit_v(), resistance_ohm(), power_w);
}

double Battery::terminal_v(double power_w) const {
  return open_circuit_v() - current_a(power_w) * config_.internal_resistance_ohm;
}

bool Battery::empty(double power_w) const {
  return charge_c_ <= 0.0 || !can_give(power_w) || terminal_v(power_w) < config_.cutoff_v;
}

double Battery::discharge(double power_w, double dt_s) {
  double heat_j = 0.0;
  while (dt_s > 0.0 && power_w > 0.0 && !empty(power_w)) {
    const double first_a = current_a(power_w);
    const double slice_s = std::min({dt_s, charge_c_ / first_a, kSlice * config_.capacity_c / first_a});
    if (slice_s <= 0.0) break;
    // In the middle of the slice, where the voltage is its mean.
    const double middle_v = open_circuit_v_at(charge_c_ - 0.5 * first_a * slice_s);
    const double current = current_of(middle_v, resistance_ohm(), power_w);
    charge_c_ = std::max(0.0, charge_c_ - current * slice_s);
    heat_j += current * current * resistance_ohm() * slice_s;
    books_.given_j += power_w * slice_s;
    dt_s -= slice_s;
  }
  books_.heat_j += heat_j;
  return heat_j;
}

double Battery::charge(double power_w, double dt_s) {
  double heat_j = 0.0;
  const double full_v = config_.curve.back().open_circuit_v;
  while (dt_s > 0.0 && power_w > 0.0 && charge_c_ < config_.capacity_c) {
    const auto taken_a = [&](double open_v) {  // at most what lifts the terminals to those of a full battery
      const double wanted = -current_of(open_v, resistance_ohm(), -power_w);
      return resistance_ohm() > 0.0 ? std::min(wanted, (full_v - open_v) / resistance_ohm()) : wanted;
    };
    const double first_a = taken_a(open_circuit_v());
    if (first_a <= 0.0) break;
    const double room_c = std::min(kSlice * config_.capacity_c, config_.capacity_c - charge_c_);
    const double slice_s = std::min(dt_s, room_c / first_a);
    if (slice_s <= 0.0) break;
    const double middle_v = open_circuit_v_at(charge_c_ + 0.5 * first_a * slice_s);
    const double current = taken_a(middle_v);
    charge_c_ = std::min(config_.capacity_c, charge_c_ + current * slice_s);
    const double lost_j = current * current * resistance_ohm() * slice_s;
    heat_j += lost_j;
    books_.taken_j += middle_v * current * slice_s + lost_j;
    dt_s -= slice_s;
  }
  books_.heat_j += heat_j;
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
