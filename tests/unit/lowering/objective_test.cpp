// SPDX-License-Identifier: MIT
#include <array>

#include "base/error.h"
#include "lowering/cost/objective.h"
#include "support/catch.h"

using namespace kiln::lowering;

TEST_CASE("time decides, within one percent energy; and the other way round") {
  const std::array ways = {Price{1.000, 5.0}, Price{1.009, 4.0}, Price{1.012, 1.0}, Price{1.005, 4.0}};
  CHECK(best_of(ways, Objective::time) == 3);  // 1 and 3 take the same energy, 3 less time; 2 is no tie
  CHECK(best_of(ways, Objective::energy) == 2);
  CHECK(best_of(ways, Objective::edp) == 2);
  const std::array close = {Price{9, 1.000}, Price{2, 1.008}, Price{1, 1.011}};
  CHECK(best_of(close, Objective::energy) == 1);
  CHECK(best_of(close, Objective::edp) == 2);
}

TEST_CASE("of equal ways the first is taken, of none nothing") {
  const std::array equal = {Price{1, 1}, Price{1, 1}};
  for (const Objective objective : {Objective::time, Objective::energy, Objective::edp}) {
    CHECK(best_of(equal, objective) == 0);
    CHECK_THROWS_AS(best_of({}, objective), kiln::base::SimError);
  }
}
