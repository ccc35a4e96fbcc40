// SPDX-License-Identifier: MIT
// Equal blocks of layers are found in the programs, and a step without some of them is still one that can be
// run.
#include "lowering/repetition.h"

#include <functional>

#include "config/load.h"
#include "lowering/lower.h"
#include "support/catch.h"
#include "unit/lowering/targets.h"
#include "workload/expand.h"

using namespace kiln;
using namespace kiln::lowering;

namespace {

/// `widths[i]` channels go into layer i, the last one's as many out of it.
LoweredStep chain(const std::vector<int>& widths, int tiles, Mapping mapping = Mapping::layer_wise,
                  int batch = 4, const std::function<void(workload::TrainingConfig&)>& change = {}) {
  std::string text = fmt::format(
      "{{name: chain, source: test, input: {{channels: {}, height: 1, width: 1}}, layers: [", widths.front());
  for (std::size_t i = 0; i < widths.size(); ++i)
    text +=
        fmt::format("{{name: l{}, op: linear, out: {}}}, ", i, widths[std::min(i + 1, widths.size() - 1)]);
  const auto network =
      config::read_tree<workload::NetworkConfig>(config::parse_yaml("chain", text + "]}"), "").value;
  workload::TrainingConfig training;
  training.batch = batch;
  if (change) change(training);
  LoweringOptions options;
  options.mapping = mapping;
  return lower(workload::build_step(network, training), target_of(tiles), {}, options);
}

bool same_work(const Task& a, const Task& b) {
  return a.macs == b.macs && a.array_cycles == b.array_cycles && a.vector_ops == b.vector_ops &&
         a.phase == b.phase && a.sram_read_bytes == b.sram_read_bytes &&
         a.sram_write_bytes == b.sram_write_bytes;
}

/// Of an instance on a tile.
std::vector<Task> tasks_of(const LoweredStep& step, std::size_t tile, std::int32_t instance) {
  std::vector<Task> tasks;
  for (const Task& task : step.tiles[tile].tasks)
    if (task.instance == instance) tasks.push_back(task);
  return tasks;
}

}  // namespace

TEST_CASE("sixteen equal layers are found forward and backward, whatever the mapping") {
  for (const Mapping mapping : {Mapping::data, Mapping::channel, Mapping::layer_wise}) {
    const LoweredStep step = chain(std::vector<int>(16, 64), 2, mapping);
    const std::vector<Repetition> found = repetitions_of(step, 0);
    REQUIRE(found.size() >= 2);
    for (const Repetition& r : found) {
      CHECK(r.units_left_out() >= 1);
      for (std::size_t tile = 0; tile < step.tiles.size(); ++tile)
        for (std::int32_t i = r.begin_of(1); i < r.end(); ++i) {
          const std::vector<Task> tasks = tasks_of(step, tile, i),
                                  before = tasks_of(step, tile, i - r.period);
          REQUIRE(tasks.size() == before.size());
          for (std::size_t t = 0; t < tasks.size(); ++t) CHECK(same_work(tasks[t], before[t]));
        }
    }
    CHECK(std::max(found[0].count, found[1].count) >= 13);
    for (std::size_t i = 1; i < found.size(); ++i) CHECK(found[i].first >= found[i - 1].end());
  }
}

TEST_CASE("no repetition where every layer is another, or too few are alike") {
  std::vector<int> widths;
  for (int i = 0; i < 12; ++i) widths.push_back(32 + 8 * i);
  CHECK(repetitions_of(chain(widths, 2), 0).empty());
  CHECK(repetitions_of(chain(std::vector<int>(3, 64), 2), 0).empty());
}

TEST_CASE("a layer of another width ends a repetition") {
  std::vector<int> widths(16, 64);
  widths[8] = 96;
  const LoweredStep step = chain(widths, 2);
  const auto is_odd = [&](std::int32_t instance) {
    for (const TileProgram& tile : step.tiles)
      for (const Task& task : tile.tasks)
        if (task.instance == instance) return task.layer == 7 || task.layer == 8;
    return false;
  };
  const std::vector<Repetition> found = repetitions_of(step, 0);
  CHECK_FALSE(found.empty());
  for (const Repetition& r : found)
    for (std::int32_t i = r.first; i < r.end(); ++i) CHECK_FALSE(is_odd(i));
}

TEST_CASE("tiles that go on by themselves are given time to settle") {
  const std::vector<int> widths(20, 64);
  const Repetition in_step = repetitions_of(chain(widths, 2, Mapping::layer_wise), 0).front();
  CHECK(in_step.in_step);
  CHECK(in_step.settling == 1);
  CHECK(in_step.unit == 2);
  const Repetition apart = repetitions_of(chain(widths, 2, Mapping::data), 0).front();
  CHECK_FALSE(apart.in_step);
  CHECK(apart.settling == 4);
  CHECK(apart.unit == 4);
}

TEST_CASE("units are as long as asked for, and none is left out where they would be all") {
  const LoweredStep step = chain(std::vector<int>(24, 64), 2);
  const Repetition small = repetitions_of(step, 0).front();
  CHECK(small.unit == 2);
  CHECK(small.end_left_out() <= small.begin_of(small.count - 1));
  const std::uint64_t left_out = small.bytes_left_out;
  const std::uint64_t period = left_out / static_cast<std::uint64_t>(2 * small.units_left_out());
  const Repetition larger = repetitions_of(step, 10 * period).front();
  CHECK(larger.unit == 6);
  CHECK(larger.begin_left_out() - larger.begin_unit() == 6 * larger.period);
  CHECK(repetitions_of(step, 1000 * period).empty());
}

TEST_CASE("a shortened step holds the rest, and waits only for what is there") {
  const LoweredStep step = chain(std::vector<int>(12, 64), 4);
  const std::vector<Repetition> found = repetitions_of(step, 0);
  const LoweredStep part = shortened(step, found);
  const auto is_left_out = [&](std::int32_t instance) {
    return std::any_of(found.begin(), found.end(),
                       [&](const Repetition& r) { return r.leaves_out(instance); });
  };
  std::uint64_t bytes = 0;
  for (std::size_t t = 0; t < step.tiles.size(); ++t) {
    const TileProgram& tile = part.tiles[t];
    std::size_t kept = 0;
    for (const Task& task : step.tiles[t].tasks) kept += is_left_out(task.instance) ? 0 : 1;
    REQUIRE(tile.tasks.size() == kept);
    std::int32_t last = -1;
    for (const Task& task : tile.tasks) {
      CHECK(task.instance >= last);
      last = task.instance;
      CHECK_FALSE(is_left_out(task.after.instance));
      CHECK(task.after.instance < task.instance);
      for (std::uint32_t i = task.load_begin; i < task.load_end; ++i) {
        CHECK_FALSE(is_left_out(tile.loads[i].after.instance));
        CHECK(tile.loads[i].after.instance < task.instance);
        bytes += tile.loads[i].bytes;
      }
      for (std::uint32_t i = task.store_begin; i < task.store_end; ++i) bytes += tile.stores[i].bytes;
    }
  }
  std::uint64_t whole = 0;
  for (const Home home : {Home::dram, Home::gradient_sram})
    whole += step.bytes(home, false) + step.bytes(home, true);
  std::uint64_t left_out = 0;
  for (const Repetition& r : found) left_out += r.bytes_left_out;
  CHECK(bytes + left_out == whole);
  for (std::int32_t i = 0; i < step.instances; ++i)
    CHECK((part.participants[static_cast<std::size_t>(i)] == 0) ==
          (is_left_out(i) || step.participants[static_cast<std::size_t>(i)] == 0));
}

TEST_CASE("blocks that go forward again for their checkpoint repeat, forward and backward") {
  const LoweredStep step = chain(
      std::vector<int>(16, 64), 2, Mapping::layer_wise, 4,
      [](workload::TrainingConfig& training) { training.recompute.mode = workload::RecomputeMode::blocks; });
  const std::vector<Repetition> found = repetitions_of(step, 0);
  REQUIRE(found.size() == 2);
  CHECK(found[0].period == 1);  // forward, whether a value is a checkpoint or not
  CHECK(found[1].period > 3);   // forward again, both derivatives
  for (const Repetition& r : found) CHECK(r.count >= 12);
}

TEST_CASE("of cuts at uneven places the forward pass repeats") {
  const LoweredStep step = chain(
      std::vector<int>(16, 64), 2, Mapping::layer_wise, 4,
      [](workload::TrainingConfig& training) { training.recompute.mode = workload::RecomputeMode::sqrt; });
  const std::vector<Repetition> found = repetitions_of(step, 0);
  REQUIRE_FALSE(found.empty());
  CHECK(found[0].period == 1);
  CHECK(found[0].count >= 12);
}

TEST_CASE("micro-batches that are left with some blocks repeat in their turn") {
  const LoweredStep step = chain(std::vector<int>(16, 64), 2, Mapping::layer_wise, 36,
                                 [](workload::TrainingConfig& training) { training.micro_batches = 9; });
  const std::vector<Repetition> blocks = repetitions_of(step, 0);
  REQUIRE(blocks.size() >= 9);  // in each micro-batch
  const LoweredStep part = shortened(step, blocks);
  const std::vector<Repetition> micro_batches = repetitions_of(part, 0);
  REQUIRE(micro_batches.size() == 1);
  CHECK(micro_batches[0].period > 2 * blocks[0].period * blocks[0].count);
  CHECK(micro_batches[0].units_left_out() >= 1);
  CHECK(repetitions_of(shortened(part, micro_batches), 0).empty());
}

TEST_CASE("each instance of a shortened step is a layer of its own") {
  const LoweredStep step = chain(std::vector<int>(12, 64), 2, Mapping::layer_wise, 8,
                                 [](workload::TrainingConfig& training) { training.micro_batches = 2; });
  for (const TileProgram& tile : shortened(step, repetitions_of(step, 0)).tiles)
    for (const Task& task : tile.tasks) CHECK(task.layer == task.instance);
}
