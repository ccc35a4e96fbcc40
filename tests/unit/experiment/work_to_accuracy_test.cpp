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
  CHECK(steps_for_one(curve.work_to_accuracy, 1) == 1);
  CHECK(steps_for_one(curve.work_to_accuracy, 2) == 1);
  CHECK_THAT(*steps_for_one(curve.work_to_accuracy, 20), WithinRel(1.4));
  CHECK(steps_for_one(curve.work_to_accuracy, 200) == 1.8);
  CHECK(steps_for_one(curve.work_to_accuracy, 1e5) == 1.8);
  CHECK(steps_for_one(with("{source: own runs, curve: [{ratio: 4, steps: 1.1}]}").work_to_accuracy, 50) ==
        1.1);
}

TEST_CASE("work to accuracy: a curve without a source or out of order is refused") {
  using testing::contains;
  CHECK_THROWS_WITH(with("{curve: [{ratio: 4, steps: 1.1}]}"), contains("who measured the curve"));
  CHECK_THROWS_WITH(with("{source: x, curve: [{ratio: 4, steps: 1}, {ratio: 4, steps: 2}]}"),
                    contains("ratios must rise"));
}
