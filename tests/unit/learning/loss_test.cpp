// SPDX-License-Identifier: MIT
// What counts as right.
#include "learning/loss.h"

#include <limits>
#include <vector>

#include "support/catch.h"

using namespace kiln::learning;

TEST_CASE("an output that is no number is right for no class, wherever it stands") {
  constexpr float kNone = std::numeric_limits<float>::quiet_NaN(),
                  kInfinite = std::numeric_limits<float>::infinity();
  const auto correct = [](const std::vector<float>& outputs, std::int32_t label) {
    return cross_entropy(outputs, std::vector{label}, outputs.size(), 1, {}).correct;
  };
  CHECK(correct({3, 1, 2}, 0) == 1);
  CHECK(correct({3, 1, 2}, 2) == 0);
  for (const std::int32_t label : {0, 1, 2}) {
    CHECK(correct({kNone, kNone, kNone}, label) == 0);
    CHECK(correct({kNone, 1, 2}, label) == 0);
    CHECK(correct({3, kNone, 2}, label) == 0);
    CHECK(correct({3, 1, kInfinite}, label) == 0);
    CHECK(correct({-kInfinite, 1, 2}, label) == 0);
  }
}
