// SPDX-License-Identifier: MIT
// Steady states with temperature-dependent power: the electro-thermal
// loop of leakage, and how far it is from running away.
#pragma once

#include <Eigen/Core>
#include <span>

#include "thermal/cooled_model.h"
#include "thermal/runaway.h"
#include "thermal/thermal_model.h"

namespace kiln::thermal {

struct LeakageSteady {
  State state;
  Eigen::VectorXd leakage_w;   // per block
  double loop_gain = 0.0;      // largest eigenvalue of R dP/dT; 1 is runaway
  int hottest_loop_block = 0;  // block that carries most of that loop
};

/// The loop seen from the blocks: T = T0 + R P_leak(T), with R the block-to-block thermal resistance.
class LeakageLoop {
 public:
  explicit LeakageLoop(const ThermalModel& model);

  /// Newton from the leak-free state. It approaches the lower, stable fixed point from below, so a loop gain
  /// of one on the way proves that there is none; then throws ThermalRunaway.
  LeakageSteady steady(std::span<const double> dynamic_power_w, const Leakage& leakage) const;

  /// Factor by which leakage may grow before the loop runs
  /// away, within 1e-6; infinity if it never does below 1e9.
  double runaway_multiplier(std::span<const double> dynamic_power_w, const Leakage& leakage) const;

  /// Block-to-block resistance in K/W: rise of the mean of block `row` per watt in block `column`.
  const Eigen::MatrixXd& resistance_k_w() const { return resistance_k_w_; }

 private:
  struct Solution {
    bool stable = false;
    Eigen::VectorXd temperature_c;
    double gain = 0.0;
    int block = 0;
  };
  Solution solve(const Eigen::VectorXd& leak_free_c, const Leakage& leakage, double multiplier) const;
  Eigen::VectorXd leak_free_c(std::span<const double> dynamic_power_w) const;

  const ThermalModel& model_;
  Eigen::MatrixXd resistance_k_w_;
};

LeakageSteady steady_with_leakage(const ThermalModel& model, std::span<const double> dynamic_power_w,
                                  const Leakage& leakage);
/// With a device on a face, whose law is not linear: leakage is iterated around it until no block moves by
/// more than a microkelvin. The loop gain is not known then and stays 0. Throws ThermalRunaway.
LeakageSteady steady_with_leakage(CooledModel& cooled, std::span<const double> dynamic_power_w,
                                  const Leakage& leakage);
double runaway_margin(const ThermalModel& model, std::span<const double> dynamic_power_w,
                      const Leakage& leakage);

}  // namespace kiln::thermal
