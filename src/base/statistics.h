// SPDX-License-Identifier: MIT
// Mean and variance of measurements, and how sure the mean of few is.
#pragma once

#include <span>

namespace kiln::base {

/// 0 of no measurement.
double mean_of(std::span<const double> measurements);
/// Of a sample: over one less than its size. 0 of fewer than two.
double variance_of(std::span<const double> measurements);

/// Of equal, independent, normally distributed measurements.
struct MeanInterval {
  double mean = 0;
  /// Half the width of the 95 % confidence interval (Student 1908); of fewer than two measurements infinite.
  double half_width = 0;
};

/// Throws base::SimError without measurements.
MeanInterval mean_interval(std::span<const double> measurements);

/// The factor for an interval of 95 % from so many measurements: 0.975 quantile of Student's t distribution
/// with one degree of freedom less. At least two.
double student_factor(std::size_t measurements);

}  // namespace kiln::base
