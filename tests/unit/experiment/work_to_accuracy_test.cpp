// SPDX-License-Identifier: MIT
#include "experiment/work_to_accuracy.h"

#include "config/load.h"
#include "experiment/experiment.h"
#include "support/catch.h"

using namespace kiln;
using Catch::Matchers::WithinRel;
using experiment::steps_for_one;

namespace {

experiment::CompressionConfig with(const std::string& curve) {
  return config::load<experiment::ExperimentConfig>(
             std::string(KILN_SOURCE_DIR) + "/configs/experiments/quickstart.yaml",
             {"compression.work_to_accuracy=" + curve})
      .value.compression;
}

}  // namespace

TEST_CASE("work to accuracy: nothing without a curve, its points, the logarithm between, its ends beyond") {
  CHECK_FALSE(steps_for_one({}, 10));
  const auto curve = with("{source: own runs, curve: [{ratio: 2, steps: 1}, {ratio: 200, steps: 1.8}]}");
  const auto steps = [](const experiment::CompressionConfig& c, double ratio) {
    return steps_for_one(c.work_to_accuracy, ratio)->steps;
  };
  CHECK(steps(curve, 1) == 1);
  CHECK(steps(curve, 2) == 1);
  CHECK_THAT(steps(curve, 20), WithinRel(1.4));
  CHECK(steps(curve, 200) == 1.8);
  CHECK(steps(curve, 1e5) == 1.8);
  CHECK(steps(with("{source: own runs, curve: [{ratio: 4, steps: 1.1}]}"), 50) == 1.1);
}

TEST_CASE("work to accuracy: its band runs with the curve, and is nothing where a point has none") {
  const auto curve =
      with("{source: own runs, curve: [{ratio: 1, steps: 1}, {ratio: 100, steps: 2, low: 1.5, high: 4}]}");
  const auto between = steps_for_one(curve.work_to_accuracy, 10);
  CHECK_THAT(between->steps, WithinRel(1.5));
  CHECK_THAT(between->low, WithinRel(1.25));
  CHECK_THAT(between->high, WithinRel(2.5));
  const auto first = steps_for_one(curve.work_to_accuracy, 1);
  CHECK(first->low == first->high);
}

TEST_CASE("work to accuracy: a curve without a source or out of order is refused") {
  using testing::contains;
  CHECK_THROWS_WITH(with("{curve: [{ratio: 4, steps: 1.1}]}"), contains("who measured the curve"));
  CHECK_THROWS_WITH(with("{source: x, curve: [{ratio: 4, steps: 1}, {ratio: 4, steps: 2}]}"),
                    contains("ratios must rise"));
  CHECK_THROWS_WITH(with("{source: x, curve: [{ratio: 4, steps: 1, low: 1.1}]}"),
                    contains("lies above steps"));
  CHECK_THROWS_WITH(with("{source: x, curve: [{ratio: 4, steps: 1, high: 0.9}]}"),
                    contains("lies below steps"));
}
