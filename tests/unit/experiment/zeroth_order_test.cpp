// SPDX-License-Identifier: MIT
// What feels gradients is refused where a training forms none.
#include "problem.h"
#include "support/catch.h"

using namespace kiln;
using Catch::Matchers::Contains;

namespace {

std::string refusal(std::vector<std::string> more) {
  std::vector<std::string> sets = {
      "training={kind: zeroth_order, batch: 8, optimizer: {kind: sgd, master_weights: false}}",
      "compression.enabled=false"};
  sets.insert(sets.end(), more.begin(), more.end());
  return testing::problem_of(sets);
}

}  // namespace

TEST_CASE("codecs and staleness are of gradients, a perturbation of steps without them") {
  CHECK(refusal({}).empty());
  CHECK_THAT(refusal({"compression.enabled=true"}), Contains("compression") && Contains("forms none"));
  CHECK(refusal({"learning.rate.perturbation=0.01"}).empty());
  CHECK_THAT(refusal({"learning.staleness.missed=[1, 1]"}), Contains("staleness") && Contains("forms none"));
  CHECK_THAT(refusal({"training.kind=step", "learning.rate.perturbation=0.01"}),
             Contains("perturbation") && Contains("does nothing"));
}
