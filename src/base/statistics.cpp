// SPDX-License-Identifier: MIT
#include "base/statistics.h"

#include <array>
#include <cmath>
#include <limits>

#include "base/error.h"

namespace kiln::base {

double mean_of(std::span<const double> measurements) {
  double sum = 0;
  for (const double value : measurements) sum += value;
  return measurements.empty() ? 0 : sum / static_cast<double>(measurements.size());
}

double variance_of(std::span<const double> measurements) {
  if (measurements.size() < 2) return 0;
  const double mean = mean_of(measurements);
  double squares = 0;
  for (const double value : measurements) squares += (value - mean) * (value - mean);
  return squares / static_cast<double>(measurements.size() - 1);
}

double student_factor(std::size_t measurements) {
  KILN_CHECK(measurements >= 2, "{} measurements have no spread", measurements);
  // By degrees of freedom from 1 on (Abramowitz & Stegun, table 26.10); beyond, its expansion 26.7.5.
  constexpr std::array kQuantile = {12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228};
  const std::size_t freedom = measurements - 1;
  if (freedom <= kQuantile.size()) return kQuantile[freedom - 1];
  constexpr double z = 1.959964;  // of the normal distribution
  constexpr double z3 = z * z * z, z5 = z3 * z * z, z7 = z5 * z * z;
  const auto n = static_cast<double>(freedom);
  return z + (z3 + z) / (4 * n) + (5 * z5 + 16 * z3 + 3 * z) / (96 * n * n) +
         (3 * z7 + 19 * z5 + 17 * z3 - 15 * z) / (384 * n * n * n);
}

MeanInterval mean_interval(std::span<const double> measurements) {
  KILN_CHECK(!measurements.empty(), "no measurement to take the mean of");
  const double mean = mean_of(measurements);
  if (measurements.size() < 2) return {mean, std::numeric_limits<double>::infinity()};
  const auto n = static_cast<double>(measurements.size());
  return {mean, student_factor(measurements.size()) * std::sqrt(variance_of(measurements) / n)};
}

}  // namespace kiln::base
