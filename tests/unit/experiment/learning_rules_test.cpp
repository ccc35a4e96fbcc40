// SPDX-License-Identifier: MIT
// Rules that hold between what is learnt and how it is trained and sent.
#include "problem.h"
#include "support/catch.h"

using namespace kiln;
using Catch::Matchers::Contains;
using testing::problem_of;

TEST_CASE("momentum is applied once: by the codec or by the optimizer") {
  const auto problem = [](const std::string& optimizer, const std::string& momentum,
                          const std::string& rate) {
    return problem_of({"training.optimizer={kind: " + optimizer + "}", "compression.enabled=true",
                       "compression.codec={selection: dgc, density: 0.01, momentum: " + momentum + "}",
                       "learning.rate={momentum: " + rate + "}"});
  };
  CHECK_THAT(problem("momentum", "0.9", "0.9"), Contains("applied twice") && Contains("kind: sgd"));
  CHECK_THAT(problem("adam", "0.9", "0.9"), Contains("applied twice"));
  CHECK(problem("sgd", "0.9", "0.9").empty());
  CHECK(problem("momentum", "0", "0.9").empty());
  CHECK(problem("momentum", "0.9", "0").empty());
}

TEST_CASE("a target accuracy needs classes") {
  CHECK_THAT(problem_of({"workload.loss=mean_squared_error", "learning.target_accuracy=50%"}),
             Contains("target_accuracy") && Contains("mean_squared_error"));
  CHECK(problem_of({"workload.loss=mean_squared_error", "learning.target_accuracy=0%"}).empty());
  CHECK(problem_of({"learning.target_accuracy=50%"}).empty());
}
