// SPDX-License-Identifier: MIT
// Steady states with temperature-dependent power: the electro-thermal
// loop of leakage, and how far it is from running away.
#pragma once

#include <Eigen/Core>
#include <functional>
#include <span>
#include <string>

#include "base/error.h"
#include "thermal/cooled_model.h"
#include "thermal/thermal_model.h"

namespace kiln::thermal {

/// Far beyond any package: who gets there has run away.
inline constexpr double kMelted_c = 1000;

/// Leakage of a block at its mean temperature, in W. Must grow with temperature and be convex, as every
/// published fit is.
using Leakage = std::function<double(int block, double temperature_c)>;

/// A verdict of physics, not a failure of the simulation: no material here bears what these powers, sizes and
/// cooling lead to.
class TooHot : public base::SimError {
 public:
  using base::SimError::SimError;
};

/// The steady state does not exist, or the part is destroyed on the way to it: heat raises leakage faster
/// than the package carries it away.
class ThermalRunaway : public TooHot {
 public:
  ThermalRunaway(std::string block, double loop_gain, double temperature_c);
  /// Met in time: hotter than any part survives.
  ThermalRunaway(const std::string& block, double temperature_c);
  const std::string& block() const { return block_; }
  double loop_gain() const { return loop_gain_; }

 private:
  std::string block_;
  double loop_gain_;
};

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
