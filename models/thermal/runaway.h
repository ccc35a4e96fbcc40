// SPDX-License-Identifier: MIT
// Power that grows with temperature, and what no package bears.
#pragma once

#include <functional>
#include <string>

#include "base/error.h"

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

}  // namespace kiln::thermal
