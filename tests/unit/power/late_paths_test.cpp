// SPDX-License-Identifier: MIT
#include "power/late_paths.h"

#include "config/load.h"
#include "power/speed.h"
#include "support/catch.h"

using namespace kiln;
using Catch::Matchers::WithinRel;

TEST_CASE(
    "nothing is late at the voltage that the clock needs, and a decade more for each 2 % of path below") {
  const auto tech =
      config::load<power::TechConfig>(std::string(KILN_SOURCE_DIR) + "/configs/tech/n7.yaml").value;
  const double needed_v = 0.9 * tech.nominal_voltage_v;
  CHECK(power::late_share(tech, needed_v, needed_v) == 0);
  CHECK(power::late_share(tech, needed_v, tech.nominal_voltage_v) == 0);
  // The voltage at which paths are 6 % longer.
  double low_v = tech.speed.threshold_v, high_v = needed_v;
  for (int i = 0; i < 60; ++i) {
    const double middle_v = 0.5 * (low_v + high_v);
    (power::maximum_frequency_hz(tech, middle_v) < power::maximum_frequency_hz(tech, needed_v) / 1.06
         ? low_v
         : high_v) = middle_v;
  }
  CHECK_THAT(power::late_share(tech, needed_v, high_v), WithinRel(1e3 / 1.8e9, 1e-6));
  CHECK_THAT(power::late_share(tech, needed_v, needed_v * (1 - 1e-9)), WithinRel(1 / 1.8e9, 1e-4));
  CHECK(power::late_share(tech, needed_v, tech.speed.threshold_v) == 1);
  CHECK(power::late_share(tech, needed_v, 0.5 * (tech.speed.threshold_v + needed_v)) <= 1);
}
