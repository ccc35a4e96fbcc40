// SPDX-License-Identifier: MIT
#include "base/statistics.h"

#include <cmath>
#include <vector>

#include "base/error.h"
#include "support/catch.h"

using namespace kiln::base;
using Catch::Matchers::WithinAbs;

TEST_CASE("Student's factor is the table's, with few measurements and with many") {
  CHECK_THAT(student_factor(2), WithinAbs(12.706, 1e-3));
  CHECK_THAT(student_factor(5), WithinAbs(2.776, 1e-3));
  CHECK_THAT(student_factor(12), WithinAbs(2.201, 1e-3));
  CHECK_THAT(student_factor(31), WithinAbs(2.042, 1e-3));
  CHECK_THAT(student_factor(100001), WithinAbs(1.960, 1e-3));
  CHECK_THROWS_AS(student_factor(1), SimError);
}

TEST_CASE("The interval of a mean follows from its spread; one measurement says nothing of it") {
  const std::vector<double> values{9, 10, 11, 10};
  const MeanInterval interval = mean_interval(values);
  CHECK(interval.mean == 10);
  CHECK_THAT(interval.half_width, WithinAbs(3.182 * std::sqrt(2.0 / 3 / 4), 1e-3));
  CHECK(std::isinf(mean_interval(std::vector<double>{3}).half_width));
  CHECK_THROWS_AS(mean_interval({}), SimError);
}
