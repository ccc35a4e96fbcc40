// SPDX-License-Identifier: MIT
// Where checkpointing cuts networks of blocks.
#include "workload/checkpoint.h"

#include "support/catch.h"
#include "unit/workload/networks.h"

using namespace kiln;
using namespace kiln::workload;

namespace {

/// A table, `blocks` residual blocks of two parts, a norm and a head.
NetworkConfig blocks_network(int blocks) {
  std::string layers = "  - {name: table, op: embedding, entries: 50, out: 16}\n";
  std::string before = "table";
  for (int i = 0; i < blocks; ++i) {
    const auto name = [&](const char* part) { return fmt::format("{}{}", part, i); };
    layers += fmt::format("  - {{name: {}, op: rmsnorm}}\n  - {{name: {}, op: linear, out: 16}}\n", name("n"),
                          name("p"));
    layers += fmt::format("  - {{name: {}, op: add, from: [{}, {}]}}\n", name("a"), name("p"), before);
    layers += fmt::format("  - {{name: {}, op: linear, out: 64, act: gelu}}\n", name("up"));
    layers += fmt::format("  - {{name: {}, op: linear, out: 16}}\n", name("down"));
    layers += fmt::format("  - {{name: {}, op: add, from: [{}, {}]}}\n", name("b"), name("down"), name("a"));
    before = name("b");
  }
  return parse(layers + "  - {name: norm, op: rmsnorm}\n  - {name: head, op: linear, out: 50}\n",
               "{channels: 1, height: 12, width: 1}");
}

std::vector<std::string> first_layers(const NetworkConfig& config, const TrainingConfig& training) {
  const Network network = build_network(config);
  std::vector<std::string> names;
  for (const Segment& segment : split_into_blocks(network, plan_training(network, training)))
    if (segment.recompute) names.push_back(network.layers[static_cast<std::size_t>(segment.first)].name);
  return names;
}

TrainingConfig by_blocks() {
  TrainingConfig training;
  training.batch = 2;
  training.recompute.mode = RecomputeMode::blocks;
  return training;
}

}  // namespace

TEST_CASE("each of the equal blocks is a segment, what is behind them stays") {
  CHECK(first_layers(blocks_network(4), by_blocks()) ==
        std::vector<std::string>{"table", "n0", "n1", "n2", "n3"});
}

TEST_CASE("frozen blocks in front are no segments") {
  TrainingConfig training = by_blocks();
  training.freeze.prefix_layers = 7;  // two blocks of three weighted layers, and one of the third block
  const std::vector<std::string> names = first_layers(blocks_network(5), training);
  REQUIRE(names.size() == 3);  // what is left of the third, and two whole ones
  CHECK(names[1] == "n3");
  CHECK(names[2] == "n4");
}

TEST_CASE("each block goes forward once more, whole, and the head once") {
  const StepGraph once = [] {
    TrainingConfig training = by_blocks();
    training.recompute.mode = RecomputeMode::none;
    return build_step(blocks_network(4), training);
  }();
  const StepGraph again = build_step(blocks_network(4), by_blocks());
  std::int64_t blocks = 0;
  for (const Op& op : once.ops)
    if (op.phase == Phase::forward && op.name.starts_with("p")) blocks += op.gemm.macs();
  for (const Op& op : once.ops)
    if (op.phase == Phase::forward && op.name.starts_with("up")) blocks += op.gemm.macs();
  // The last product of a block gives what the next one's checkpoint holds.
  CHECK(again.macs(Phase::forward) == once.macs(Phase::forward) + blocks);
  CHECK(again.macs(Phase::wgrad) == once.macs(Phase::wgrad));
  CHECK(has_op(again, "p3/forward_again"));
  CHECK_FALSE(has_op(again, "head/forward_again"));
}

TEST_CASE("a network without blocks is told what to use") {
  CHECK_THROWS_WITH(
      build_step(residual_network(), by_blocks()),
      kiln::testing::contains("has no blocks that follow one another") && kiln::testing::contains("sqrt"));
}
