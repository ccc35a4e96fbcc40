// SPDX-License-Identifier: MIT
// What the ledger counted is what the programs hold, or the difference is named.
#include "soc/executed.h"

#include "support/catch.h"

using namespace kiln;
using stats::ActivityKind;

namespace {

const std::vector<std::string> kNames = {"conv1/forward"};

/// One task of one layer on one tile.
lowering::LoweredStep one_task() {
  lowering::LoweredStep step;
  lowering::Task task;
  task.layer = 0;
  task.macs = 90;
  task.gated_macs = 10;
  task.vector_ops = 7;
  task.load_end = 1;
  lowering::Transfer load;
  load.bytes = 64;
  step.tiles.push_back({{task}, {load}, {}});
  return step;
}

stats::Ledger counted(std::int64_t macs) {
  stats::Ledger ledger(1000);
  const stats::BlockId block = ledger.add_block("npu0");
  ledger.add(block, ActivityKind::mac_fp16, 0, 0, 0, 10, macs);
  ledger.add(block, ActivityKind::mac_gated, 0, 0, 0, 10, 10);
  ledger.add(block, ActivityKind::vector_op, 0, 0, 0, 10, 7);
  ledger.add(block, ActivityKind::dma_byte, 0, 0, 0, 10, 64);
  return ledger;
}

}  // namespace

TEST_CASE("executed work equals the programs'") {
  CHECK_NOTHROW(soc::check_executed(one_task(), counted(90).by_layer_and_phase(), kNames));
}

TEST_CASE("work that was not asked for is named with layer, phase and both numbers") {
  CHECK_THROWS_WITH(soc::check_executed(one_task(), counted(91).by_layer_and_phase(), kNames),
                    testing::contains("conv1, forward: the tiles did 101 MACs, their programs hold 100"));
  stats::Ledger elsewhere = counted(90);
  elsewhere.add(0, ActivityKind::vector_op, 0, 2, 0, 10, 1);
  CHECK_THROWS_WITH(
      soc::check_executed(one_task(), elsewhere.by_layer_and_phase(), kNames),
      testing::contains("conv1, wgrad: the tiles did 1 lane operations, their programs hold 0"));
  CHECK_THROWS_WITH(soc::check_executed(one_task(), stats::Ledger(1000).by_layer_and_phase(), kNames),
                    testing::contains("the tiles did 0 MACs"));
}
