// SPDX-License-Identifier: MIT
#include "power/runaway.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "base/error.h"

namespace kiln::power {

namespace {

double leakage_at(const LumpedLoop& loop, double temperature_c) {
  return loop.leakage_w * std::exp(loop.slope_per_k * (temperature_c - loop.reference_c));
}

/// Heat left over at this temperature: positive warms the block.
double imbalance_k(const LumpedLoop& loop, double temperature_c) {
  return loop.ambient_c + loop.resistance_k_per_w * (loop.power_w + leakage_at(loop, temperature_c)) -
         temperature_c;
}

/// Root between `low_c` and `high_c`, where the imbalance has opposite signs.
double bisect(const LumpedLoop& loop, double low_c, double high_c) {
  const bool low_positive = imbalance_k(loop, low_c) > 0;
  for (int i = 0; i < 200 && high_c - low_c > 1e-12 * (1 + std::abs(high_c)); ++i) {
    const double middle_c = 0.5 * (low_c + high_c);
    ((imbalance_k(loop, middle_c) > 0) == low_positive ? low_c : high_c) = middle_c;
  }
  return 0.5 * (low_c + high_c);
}

}  // namespace

LoopGain loop_gain(std::span<const double> resistance_k_per_w, std::span<const double> slope_w_per_k) {
  const std::size_t blocks = slope_w_per_k.size();
  KILN_CHECK(resistance_k_per_w.size() == blocks * blocks, "power: {} resistances for {} blocks",
             resistance_k_per_w.size(), blocks);
  // Power iteration: the matrix is non-negative, so its
  // largest eigenvalue is real and its vector non-negative.
  std::vector<double> vector(blocks, 1.0), next(blocks);
  LoopGain result;
  for (int iteration = 0; iteration < 1000; ++iteration) {
    for (std::size_t i = 0; i < blocks; ++i) {
      next[i] = 0;
      for (std::size_t j = 0; j < blocks; ++j)
        next[i] += resistance_k_per_w[i * blocks + j] * slope_w_per_k[j] * vector[j];
    }
    const double size = blocks == 0 ? 0.0 : *std::max_element(next.begin(), next.end());
    const double change = std::abs(size - result.gain);
    result.gain = size;
    if (size <= 0) return result;
    for (std::size_t i = 0; i < blocks; ++i) vector[i] = next[i] / size;
    if (change <= 1e-12 * size) break;
  }
  double largest_w = -1;
  for (std::size_t i = 0; i < blocks; ++i) {
    const double extra_w = slope_w_per_k[i] * vector[i];
    if (extra_w > largest_w) largest_w = extra_w, result.block = i;
  }
  return result;
}

RunawayLimit runaway_limit(const LumpedLoop& loop) {
  KILN_CHECK(loop.leakage_w > 0 && loop.slope_per_k > 0 && loop.resistance_k_per_w > 0,
             "power: a runaway limit needs leakage, its slope and a thermal resistance above zero");
  const double meeting_c =
      loop.reference_c -
      std::log(loop.leakage_w * loop.slope_per_k * loop.resistance_k_per_w) / loop.slope_per_k;
  return {(meeting_c - loop.ambient_c) / loop.resistance_k_per_w -
              1 / (loop.slope_per_k * loop.resistance_k_per_w),
          meeting_c};
}

std::optional<LumpedSolution> solve(const LumpedLoop& loop) {
  const RunawayLimit limit = runaway_limit(loop);
  if (loop.power_w > limit.power_w) return std::nullopt;
  // The imbalance is convex and least at the meeting point: one root on each side of it.
  double high_c = limit.temperature_c + 1;
  while (imbalance_k(loop, high_c) <= 0) high_c += high_c - limit.temperature_c;
  const double low_c = std::min(loop.ambient_c, limit.temperature_c) - 1;
  LumpedSolution solution;
  solution.stable_c = bisect(loop, low_c, limit.temperature_c);
  solution.unstable_c = bisect(loop, limit.temperature_c, high_c);
  solution.gain = loop.resistance_k_per_w * loop.slope_per_k * leakage_at(loop, solution.stable_c);
  return solution;
}

}  // namespace kiln::power
