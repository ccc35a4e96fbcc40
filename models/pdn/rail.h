// SPDX-License-Identifier: MIT
// One supply rail as an RLC ladder from the regulator to the die: droop, load line, impedance.
#pragma once

#include <Eigen/Core>
#include <complex>
#include <vector>

#include "pdn/rail_config.h"

namespace kiln::pdn {

struct RailState {
  Eigen::VectorXd x;  ///< per stage: branch current, capacitor voltage
  double load_a = 0.0;
};

/// What the die's voltage does after the load has risen by one ampere: a sum over the modes of
/// Re(volts_per_ampere exp(pole t)) about the settled voltage of the new load.
struct RailMode {
  std::complex<double> pole, volts_per_ampere;  ///< 1/s, V/A; of a conjugate pair one
};

/// Linear network dx/dt = A x + B (V, I).
class Rail {
 public:
  /// Throws base::SimError if there is no stage or an element is not positive.
  explicit Rail(const RailConfig& config);

  const RailConfig& config() const { return config_; }
  /// Settled state at a constant load.
  RailState settled(double load_a) const;
  /// Voltage at the die [V].
  double die_voltage_v(const RailState& state) const;
  /// A, of states as in RailState.
  const Eigen::MatrixXd& matrix() const { return a_; }
  /// The same network as motions that know nothing of one another.
  std::vector<RailMode> modes() const;
  /// Impedance seen from the die at a frequency [ohm], magnitude.
  double impedance_ohm(double frequency_hz) const;
  struct Peak {
    double frequency_hz = 0.0;
    double impedance_ohm = 0.0;
  };
  Peak impedance_peak(double low_hz, double high_hz) const;
  /// Resistance to the regulator's set point, with its load line.
  double static_resistance_ohm() const;

 private:
  RailConfig config_;
  Eigen::MatrixXd a_;
};

}  // namespace kiln::pdn
