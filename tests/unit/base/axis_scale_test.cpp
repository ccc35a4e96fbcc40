// SPDX-License-Identifier: MIT
#include "base/axis_scale.h"

#include "support/catch.h"

using namespace kiln;

TEST_CASE("an axis is one of numbers if all its labels are, in one dimension") {
  CHECK(base::axis_scale({"25 degC", "-20 degC"})->values == std::vector<double>{25, -20});
  CHECK(base::axis_scale({"25 degC", "-20 degC"})->unit == "degC");
  CHECK(base::axis_scale({"1", "8", "64"})->logarithmic());
  CHECK_FALSE(base::axis_scale({"1", "8"})->logarithmic());
  CHECK_FALSE(base::axis_scale({"nominal", "0.52 V"}));
  CHECK_FALSE(base::axis_scale({"16 nm, LPDDR5X", "7 nm, HBM2E"}));
  CHECK_FALSE(base::axis_scale({"1 V", "1 A"}));
  CHECK_FALSE(base::axis_scale({}));
}
