// SPDX-License-Identifier: MIT
// Long operations are cut into parts, and those that are alike are found as repetitions.
#include "lowering/operation_parts.h"

#include "config/load.h"
#include "lowering/lower.h"
#include "lowering/repetition.h"
#include "support/catch.h"
#include "unit/lowering/targets.h"
#include "workload/expand.h"

using namespace kiln;
using namespace kiln::lowering;

namespace {

/// A small layer in front of a wide one, whose update alone moves 1.7 GB.
LoweredStep wide_layer() {
  const auto network = config::read_tree<workload::NetworkConfig>(
                           config::parse_yaml("wide",
                                              "{name: wide, source: test, input: {channels: 1000, height: 1, "
                                              "width: 1}, layers: [{name: a, op: linear, out: 1000}, "
                                              "{name: b, op: linear, out: 100003}]}"),
                           "")
                           .value;
  workload::TrainingConfig training;
  training.batch = 8;
  LoweringOptions options;
  options.mapping = Mapping::layer_wise;
  return lower(workload::build_step(network, training), target_of(2), {}, options);
}

std::uint64_t bytes_of(const LoweredStep& step) {
  std::uint64_t bytes = 0;
  for (const Home home : {Home::dram, Home::gradient_sram})
    bytes += step.bytes(home, false) + step.bytes(home, true);
  return bytes;
}

}  // namespace

TEST_CASE("a step in parts has the same tasks in the same order, under other numbers") {
  const LoweredStep step = wide_layer();
  const std::optional<StepInParts> cut = in_parts(step, 1 << 20);
  REQUIRE(cut);
  CHECK(cut->step.instances > step.instances + 32);
  CHECK(cut->likeness.size() == static_cast<std::size_t>(cut->step.instances));
  CHECK(bytes_of(cut->step) == bytes_of(step));
  for (std::size_t t = 0; t < step.tiles.size(); ++t) {
    REQUIRE(cut->step.tiles[t].tasks.size() == step.tiles[t].tasks.size());
    std::int32_t before = 0;
    for (std::size_t i = 0; i < step.tiles[t].tasks.size(); ++i) {
      const Task &task = cut->step.tiles[t].tasks[i], &was = step.tiles[t].tasks[i];
      CHECK(task.macs == was.macs);
      CHECK(task.op == cut->step.op_of_instance[static_cast<std::size_t>(task.instance)]);
      CHECK(task.instance >= before);
      before = task.instance;
      // The last part ends as the operation did, and everybody who waited for it waits for that.
      if (was.last_of_op) CHECK(task.instance == cut->last_part[static_cast<std::size_t>(was.instance)]);
      if (was.after.instance >= 0)
        CHECK(task.after.instance == cut->last_part[static_cast<std::size_t>(was.after.instance)]);
    }
  }
}

TEST_CASE("each part ends once on each tile") {
  const std::optional<StepInParts> cut = in_parts(wide_layer(), 1 << 20);
  REQUIRE(cut);
  for (const TileProgram& tile : cut->step.tiles) {
    std::vector<int> ends(static_cast<std::size_t>(cut->step.instances), 0);
    for (const Task& task : tile.tasks)
      ends[static_cast<std::size_t>(task.instance)] += task.last_of_op ? 1 : 0;
    for (const int count : ends) CHECK(count <= 1);
    for (const Task& task : tile.tasks) CHECK(ends[static_cast<std::size_t>(task.instance)] == 1);
  }
}

TEST_CASE("parts that differ by bytes that do not divide are repetitions, and spare most of the operation") {
  const std::optional<StepInParts> cut = in_parts(wide_layer(), 1 << 20);
  REQUIRE(cut);
  std::uint64_t left_out = 0;
  for (const Repetition& r : repetitions_of(cut->step, 1 << 22, cut->likeness)) {
    left_out += r.bytes_left_out;
    for (std::int32_t i = r.begin_left_out(); i < r.end_left_out(); ++i)
      CHECK(cut->step.op_of_instance[static_cast<std::size_t>(i)] ==
            cut->step.op_of_instance[static_cast<std::size_t>(r.stand_in(i))]);
  }
  CHECK(left_out > bytes_of(cut->step) / 2);
}

TEST_CASE("an operation of few bytes stays whole") {
  CHECK_FALSE(in_parts(wide_layer(), std::uint64_t{1} << 32));
}
