// SPDX-License-Identifier: MIT
// A thermoelectric module as cooler (TEC) or generator (TEG). Temperatures in degC, absolute inside.
#pragma once

#include "config/record.h"

namespace kiln::thermal {

/// The three module constants (Goldsmid 2010, ch. 2): Q_c = alpha T_c I - I^2 R / 2 - K (T_h - T_c).
struct ThermoelectricModule {
  double seebeck_v_k = 0.048;
  double resistance_ohm = 1.755;
  double conductance_w_k = 0.5446;

  /// From data sheet ratings at hot side T_h: alpha = V/T_h, R = V (T_h - dT) / (I T_h), K = V I (T_h - dT) /
  /// (2 T_h dT) (Luo 2008, Electronics Cooling 14(3)).
  static ThermoelectricModule from_ratings(double hot_k, double max_difference_k, double max_voltage_v,
                                           double max_current_a);

  double figure_of_merit_per_k() const {
    return seebeck_v_k * seebeck_v_k / (resistance_ohm * conductance_w_k);
  }

  double cold_heat_w(double current_a, double cold_c, double hot_c) const;  // drawn from the cold side
  double hot_heat_w(double current_a, double cold_c, double hot_c) const;   // given to the hot side
  double electrical_w(double current_a, double cold_c, double hot_c) const;
  double cop(double current_a, double cold_c, double hot_c) const;

  double current_of_largest_heat_a(double cold_c) const;
  double largest_heat_w(double cold_c, double hot_c) const;
  double current_of_best_cop_a(double cold_c, double hot_c) const;
  double best_cop(double cold_c, double hot_c) const;

  /// Generator between fixed faces.
  double matched_power_w(double hot_c, double cold_c) const;
  double best_efficiency(double hot_c, double cold_c) const;
};

struct ThermoelectricPoint {
  double cold_c = 0.0, hot_c = 0.0, electrical_w = 0.0;
};

/// Module with `cold_load_w` on its cold side and a sink of `sink_k_w` to `ambient_c` on its hot side.
ThermoelectricPoint operate(const ThermoelectricModule& module, double current_a, double cold_load_w,
                            double sink_k_w, double ambient_c);
/// Current that makes the cold side coldest in that arrangement.
double coldest_current_a(const ThermoelectricModule& module, double cold_load_w, double sink_k_w,
                         double ambient_c);

const config::Record<ThermoelectricModule>& describe(const ThermoelectricModule*);

}  // namespace kiln::thermal
