// SPDX-License-Identifier: MIT
// A supply rail by matrix exponentials, sample by sample: another way than the modes that runs go by.
#pragma once

#include <unsupported/Eigen/MatrixFunctions>

#include "pdn/ride_through.h"

namespace kiln::testing {

/// Equal samples of a rail under a held load.
class RailSamples {
 public:
  RailSamples(const pdn::Rail& rail, double before_a, double after_a, double sample_s)
      : rail_(rail), state_(rail.settled(before_a)), settled_(rail.settled(after_a)) {
    state_.load_a = after_a;
    of_state_ = (rail.matrix() * sample_s).exp();
  }

  double voltage_v() const { return rail_.die_voltage_v(state_); }
  /// Relative to the settled state the network is homogeneous.
  void step() { state_.x = settled_.x + of_state_ * (state_.x - settled_.x); }

 private:
  const pdn::Rail& rail_;
  pdn::RailState state_, settled_;
  Eigen::MatrixXd of_state_;
};

/// From settled at `before_a`; for `window_s` after the load has become `after_a`.
inline pdn::Droop droop_after_step(const pdn::Rail& rail, double before_a, double after_a, double window_s,
                                   double sample_s) {
  RailSamples samples(rail, before_a, after_a, sample_s);
  pdn::Droop worst{.lowest_v = samples.voltage_v(), .at_s = 0.0, .share = 0.0};
  for (double t = sample_s; t <= window_s; t += sample_s) {
    samples.step();
    if (const double v = samples.voltage_v(); v < worst.lowest_v) {
      worst.lowest_v = v;
      worst.at_s = t;
    }
  }
  worst.share = 1.0 - worst.lowest_v / rail.config().voltage_v;
  return worst;
}

}  // namespace kiln::testing
