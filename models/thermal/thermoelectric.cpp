// SPDX-License-Identifier: MIT
#include "thermal/thermoelectric.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "base/units.h"

namespace kiln::thermal {
namespace {

double kelvin(double celsius) {
  return celsius + base::kZeroCelsiusInKelvin;
}

}  // namespace

ThermoelectricModule ThermoelectricModule::from_ratings(double hot_k, double max_difference_k,
                                                        double max_voltage_v, double max_current_a) {
  const double cold_k = hot_k - max_difference_k;
  return {.seebeck_v_k = max_voltage_v / hot_k,
          .resistance_ohm = max_voltage_v * cold_k / (max_current_a * hot_k),
          .conductance_w_k = max_voltage_v * max_current_a * cold_k / (2.0 * hot_k * max_difference_k)};
}

double ThermoelectricModule::cold_heat_w(double current_a, double cold_c, double hot_c) const {
  return seebeck_v_k * kelvin(cold_c) * current_a - current_a * current_a * resistance_ohm / 2.0 -
         conductance_w_k * (hot_c - cold_c);
}

double ThermoelectricModule::hot_heat_w(double current_a, double cold_c, double hot_c) const {
  return seebeck_v_k * kelvin(hot_c) * current_a + current_a * current_a * resistance_ohm / 2.0 -
         conductance_w_k * (hot_c - cold_c);
}

double ThermoelectricModule::electrical_w(double current_a, double cold_c, double hot_c) const {
  return current_a * current_a * resistance_ohm + seebeck_v_k * current_a * (hot_c - cold_c);
}

double ThermoelectricModule::cop(double current_a, double cold_c, double hot_c) const {
  return cold_heat_w(current_a, cold_c, hot_c) / electrical_w(current_a, cold_c, hot_c);
}

double ThermoelectricModule::current_of_largest_heat_a(double cold_c) const {
  return seebeck_v_k * kelvin(cold_c) / resistance_ohm;
}

double ThermoelectricModule::largest_heat_w(double cold_c, double hot_c) const {
  return cold_heat_w(current_of_largest_heat_a(cold_c), cold_c, hot_c);
}

double ThermoelectricModule::current_of_best_cop_a(double cold_c, double hot_c) const {
  const double m = std::sqrt(1.0 + figure_of_merit_per_k() * (kelvin(cold_c) + kelvin(hot_c)) / 2.0);
  return seebeck_v_k * (hot_c - cold_c) / (resistance_ohm * (m - 1.0));
}

double ThermoelectricModule::best_cop(double cold_c, double hot_c) const {
  const double m = std::sqrt(1.0 + figure_of_merit_per_k() * (kelvin(cold_c) + kelvin(hot_c)) / 2.0);
  return kelvin(cold_c) / (hot_c - cold_c) * (m - kelvin(hot_c) / kelvin(cold_c)) / (m + 1.0);
}

double ThermoelectricModule::matched_power_w(double hot_c, double cold_c) const {
  const double open_v = seebeck_v_k * (hot_c - cold_c);
  return open_v * open_v / (4.0 * resistance_ohm);
}

double ThermoelectricModule::best_efficiency(double hot_c, double cold_c) const {
  const double m = std::sqrt(1.0 + figure_of_merit_per_k() * (kelvin(cold_c) + kelvin(hot_c)) / 2.0);
  return (hot_c - cold_c) / kelvin(hot_c) * (m - 1.0) / (m + kelvin(cold_c) / kelvin(hot_c));
}

ThermoelectricPoint operate(const ThermoelectricModule& module, double current_a, double cold_load_w,
                            double sink_k_w, double ambient_c) {
  // Both heat balances are linear in the two face temperatures once the current is given:
  //   (alpha I + K) Tc - K Th                        = Q + I^2 R / 2
  //   -K Tc + (1/R_sink + K - alpha I) Th            = Ta/R_sink + I^2 R / 2
  const double pump = module.seebeck_v_k * current_a;
  const double k = module.conductance_w_k;
  const double joule_w = current_a * current_a * module.resistance_ohm / 2.0;
  const double sink_w_k = 1.0 / sink_k_w;
  const double a = pump + k, d = sink_w_k + k - pump;
  const double right_cold = cold_load_w + joule_w;
  const double right_hot = sink_w_k * kelvin(ambient_c) + joule_w;
  const double determinant = a * d - k * k;
  const double cold_k = (right_cold * d + k * right_hot) / determinant;
  const double hot_k = (a * right_hot + k * right_cold) / determinant;
  const double cold_c = cold_k - base::kZeroCelsiusInKelvin, hot_c = hot_k - base::kZeroCelsiusInKelvin;
  return {cold_c, hot_c, module.electrical_w(current_a, cold_c, hot_c)};
}

double coldest_current_a(const ThermoelectricModule& module, double cold_load_w, double sink_k_w,
                         double ambient_c) {
  // Golden-section search: the cold side has one minimum
  // below the current that would make the hot side run away.
  double low = 0.0, high = 0.99 * (1.0 / sink_k_w + module.conductance_w_k) / module.seebeck_v_k;
  high = std::min(high, module.current_of_largest_heat_a(ambient_c) * 2.0);
  constexpr double kShare = 1.0 / std::numbers::phi;
  for (int i = 0; i < 100; ++i) {
    const double left = high - kShare * (high - low), right = low + kShare * (high - low);
    const bool left_is_colder = operate(module, left, cold_load_w, sink_k_w, ambient_c).cold_c <
                                operate(module, right, cold_load_w, sink_k_w, ambient_c).cold_c;
    (left_is_colder ? high : low) = left_is_colder ? right : left;
  }
  return (low + high) / 2.0;
}

const config::Record<ThermoelectricModule>& describe(const ThermoelectricModule*) {
  using base::Dimension;
  static const auto record =
      config::Record<ThermoelectricModule>("thermoelectric_module", "Constants of a thermoelectric module")
          .field("seebeck", &ThermoelectricModule::seebeck_v_k,
                 {.doc = "Seebeck coefficient of the module",
                  .unit = Dimension::seebeck,
                  .min = 1e-6,
                  .max = 10.0,
                  .source = "TEC1-12706 class ratings: 300 K, 66 K, 14.4 V, 6.4 A"})
          .field("resistance", &ThermoelectricModule::resistance_ohm,
                 {.doc = "Electrical resistance",
                  .unit = Dimension::resistance,
                  .min = 1e-6,
                  .max = 1e4,
                  .source = "same ratings"})
          .field("conductance", &ThermoelectricModule::conductance_w_k,
                 {.doc = "Thermal conductance in W/K", .min = 1e-6, .max = 1e4, .source = "same ratings"});
  return record;
}

}  // namespace kiln::thermal
