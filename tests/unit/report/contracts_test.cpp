// SPDX-License-Identifier: MIT
#include "report/contracts.h"

#include "support/catch.h"

using namespace kiln;

TEST_CASE("a cut that adds up to something else is named with what it is off by") {
  CHECK_NOTHROW(report::check_sum("joules", "layer", 0.1 + 0.2, 0.3));
  CHECK_NOTHROW(report::check_sum("joules", "layer", 0, 0));
  CHECK_THROWS_WITH(
      report::check_sum("joules", "layer", 1.01, 1.0),
      testing::contains("joules by layer add up to 1.01, not to the step's 1: off by 1.00e-02"));
}
