// SPDX-License-Identifier: MIT
#include "experiment/work_to_accuracy.h"

#include "config/load.h"
#include "experiment/experiment.h"
#include "support/catch.h"
#include "support/scratch_folder.h"

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

TEST_CASE("work to accuracy: a table is a curve, in any order of columns, with a band where it has one") {
  const testing::ScratchFolder scratch;
  const std::string path =
      scratch.write("mine.csv", "# our runs\nsteps,ratio,low,high\n1,1,,\n1.5,100,1.25,2\n");
  const auto curve = with(path).work_to_accuracy;
  CHECK(curve.source == path);
  REQUIRE(curve.curve.size() == 2);
  CHECK_FALSE(curve.curve[0].low);
  const auto between = steps_for_one(curve, 10);
  CHECK_THAT(between->steps, WithinRel(1.25));
  CHECK_THAT(between->high, WithinRel(1.5));
  const auto named = with("{from: " + path + ", source: a paper, codec: top_k}").work_to_accuracy;
  CHECK(named.source == "a paper");
  CHECK(named.codec == "top_k");
}

TEST_CASE("work to accuracy: a table that is none is refused with its line") {
  const testing::ScratchFolder scratch;
  const auto refused = [&](const std::string& text, const std::string& why) {
    INFO(text);
    CHECK_THROWS_WITH(with(scratch.write("bad.csv", text)), testing::contains(why));
  };
  refused("ratio,factor\n1,1\n", "unknown column 'factor'");
  refused("ratio\n1\n", "has no column 'steps'");
  refused("ratio,steps,ratio\n1,1,1\n", "column 'ratio' stands twice");
  refused("ratio,steps\n1,1\n2,two\n", "bad.csv:3");
  refused("ratio,steps\n1,1\n2\n", "is the line cut off?");
  refused("ratio,steps\n1,1,7\n", "has 3 cells for 2 columns");
  refused("ratio,steps\n", "has no points");
  refused("ratio,steps\n4,1\n2,1.1\n", "ratios must rise");
  refused("ratio,steps\n0.5,1\n", "ratio");
}
