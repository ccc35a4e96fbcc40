// SPDX-License-Identifier: MIT
// Leakage heats, heat leaks more: when that loop has no steady state, and how far away it is.
//
// The loop gain is the spectral radius of R * diag(dP/dT), R being the thermal resistance from each block's
// power to each block's temperature (one block: R dP/dT). At 1 the smallest eigenvalue of G - dP/dT is zero
// and temperature runs away.
#pragma once

#include <cstddef>
#include <optional>
#include <span>

namespace kiln::power {

struct LoopGain {
  double gain = 0;
  std::size_t block = 0;  ///< the block that carries most of the loop: name it in the report
};

/// `resistance_k_per_w` is row-major, blocks x blocks, non-negative: row i is the temperature rise of block i
/// per watt in each block. `slope_w_per_k` is d(leakage)/dT of each block.
LoopGain loop_gain(std::span<const double> resistance_k_per_w, std::span<const double> slope_w_per_k);

/// One block on one thermal resistance, leakage P0 exp(b (T - T0)) over a fixed power.
struct LumpedLoop {
  double power_w = 0;  ///< without leakage
  double resistance_k_per_w = 0;
  double ambient_c = 25;
  double leakage_w = 0;  ///< P0, at T0
  double slope_per_k = 0.023;
  double reference_c = 85;  ///< T0
};

struct LumpedSolution {
  double stable_c = 0;
  double unstable_c = 0;  ///< above it the block runs away even so
  double gain = 0;        ///< at the stable point
};

/// Both fixed points, or nothing when there is no steady state.
std::optional<LumpedSolution> solve(const LumpedLoop& loop);

struct RunawayLimit {
  double power_w = 0;        ///< fixed power at which the two fixed points meet
  double temperature_c = 0;  ///< where they meet: R b P0 exp(b (T - T0)) = 1
};
/// `loop.power_w` plays no part. The margin of a design is limit.power_w / loop.power_w.
RunawayLimit runaway_limit(const LumpedLoop& loop);

}  // namespace kiln::power
