// SPDX-License-Identifier: MIT
// One supply rail as an RLC ladder from the regulator to the die: droop, load line, impedance.
#pragma once

#include <Eigen/Core>
#include <vector>

#include "pdn/rail_config.h"

namespace kiln::pdn {

struct RailState {
  Eigen::VectorXd x;  // per stage: branch current, capacitor voltage
  double load_a = 0.0;
};

/// Linear network dx/dt = A x + B (V, I), advanced exactly
/// (matrix exponential) while the load current is held.
class Rail {
 public:
  /// Throws base::SimError if there is no stage or an element is not positive.
  explicit Rail(const RailConfig& config);

  const RailConfig& config() const { return config_; }
  /// Settled state at a constant load.
  RailState settled(double load_a) const;
  /// Voltage at the die, in V.
  double die_voltage_v(const RailState& state) const;
  /// Holds the load for dt.
  void step(RailState& state, double dt_s, double load_a) const;
  /// Impedance seen from the die at a frequency, in ohm (magnitude).
  double impedance_ohm(double frequency_hz) const;
  struct Peak {
    double frequency_hz = 0.0;
    double impedance_ohm = 0.0;
  };
  Peak impedance_peak(double low_hz, double high_hz) const;
  /// Resistance to the regulator's set point, with its load line.
  double static_resistance_ohm() const;

 private:
  /// x(t + dt) = of_state x(t) + fixed + per_ampere I.
  struct Transition {
    double dt_s = -1.0;
    Eigen::MatrixXd of_state;
    Eigen::VectorXd fixed, per_ampere;
  };
  const Transition& transition(double dt_s) const;

  RailConfig config_;
  Eigen::MatrixXd a_, b_;
  mutable std::vector<Transition> transitions_;  // by length of step, few
  mutable Eigen::VectorXd next_;                 // scratch of a step
};

}  // namespace kiln::pdn
