// SPDX-License-Identifier: MIT
// Programs of a step whose loss is formed in chunks: what tiles move of the head, and what they wait for.
#include <set>

#include "config/load.h"
#include "lowering/lower.h"
#include "support/catch.h"
#include "unit/lowering/targets.h"
#include "workload/expand.h"

using namespace kiln;
using namespace kiln::lowering;
using workload::Phase;
using workload::TensorClass;

namespace {

constexpr std::int64_t kPlaces = 96;

workload::StepGraph speaker_of(std::optional<std::int64_t> chunk) {
  const std::string text =
      "name: speaker\nsource: test\ninput: {channels: 1, height: 96, width: 1}\nlayers:\n"
      "  - {name: table, op: embedding, entries: 5000, out: 32}\n  - {name: a, op: linear, out: 32}\n"
      "  - {name: head, op: linear, out: 5000, bias: false}\n";
  workload::TrainingConfig training;
  training.batch = 2;
  training.loss_chunk = chunk;
  return workload::build_step(
      config::read_tree<workload::NetworkConfig>(config::parse_yaml("speaker.yaml", text), "").value,
      training);
}

std::uint64_t loaded_of(const workload::StepGraph& graph, const LoweredStep& step, const std::string& tensor,
                        Phase phase) {
  std::uint64_t sum = 0;
  for (const TileProgram& tile : step.tiles)
    for (const Task& task : tile.tasks)
      for (std::uint32_t i = task.load_begin; task.phase == phase && i < task.load_end; ++i)
        if (graph.tensors[static_cast<std::size_t>(tile.loads[i].tensor)].name == tensor)
          sum += tile.loads[i].bytes;
  return sum;
}

const workload::Tensor& tensor_of(const workload::StepGraph& graph, const std::string& name) {
  for (const workload::Tensor& tensor : graph.tensors)
    if (tensor.name == name) return tensor;
  throw std::out_of_range(name);
}

}  // namespace

TEST_CASE("a head that no SRAM holds is read once a chunk, its input and the error below it once") {
  for (const std::int64_t chunk : {8, 24, 40})
    for (const Mapping mapping : {Mapping::data, Mapping::channel, Mapping::layer_wise})
      for (const int tiles : {1, 3, 4}) {
        const workload::StepGraph graph = speaker_of(chunk);
        Target target = target_of(tiles);
        target.local_sram_bytes = 64 << 10;  // weights are 320 kB
        LoweringOptions options;
        options.mapping = mapping;
        const LoweredStep step =
            lower(graph, target, {}, options);  // holds work and results against the graph
        INFO("chunks of " << chunk << ", " << tiles << " tiles, " << step.mapping_of_layer.back());
        const bool data = step.mapping_of_layer.back() == "data";
        const auto weight = static_cast<std::uint64_t>(tensor_of(graph, "head.weight").bytes());
        const auto chunks = static_cast<std::uint64_t>((kPlaces + chunk - 1) / chunk);
        const std::uint64_t readers = data ? static_cast<std::uint64_t>(tiles) : 1;
        CHECK(loaded_of(graph, step, "head.weight", Phase::forward) == chunks * readers * weight);
        if (data) {
          const auto input = static_cast<std::uint64_t>(tensor_of(graph, "a").bytes());
          CHECK(loaded_of(graph, step, "a", Phase::forward) == input);
        }
      }
}

TEST_CASE("chunks write different parts of the error below, and its reader waits for all tiles") {
  const workload::StepGraph graph = speaker_of(24);
  LoweringOptions options;
  options.mapping = Mapping::data;
  const LoweredStep step = lower(graph, target_of(4), {}, options);
  const workload::Tensor& error = tensor_of(graph, "a.error");
  std::set<std::uint64_t> begun;
  std::uint64_t written = 0;
  bool read = false;
  for (const TileProgram& tile : step.tiles) {
    for (const Transfer& store : tile.stores)
      if (store.tensor == error.id) {
        CHECK(begun.insert(store.address).second);
        written += store.bytes;
      }
    for (const Transfer& load : tile.loads)
      if (load.tensor == error.id) {
        CHECK(load.after.all_tiles);
        read = true;
      }
  }
  CHECK(read);
  CHECK(written == static_cast<std::uint64_t>(error.bytes()));
  const std::uint64_t first = step.tensor_places[static_cast<std::size_t>(error.id)].address;
  CHECK(*begun.begin() == first);
  CHECK(*begun.rbegin() < first + written);
}

TEST_CASE("memory in use falls by what logits and errors of other positions took") {
  const auto peak = [](std::optional<std::int64_t> chunk) {
    return memory_need(speaker_of(chunk), target_of(2), {}, {}).dram_peak_bytes;
  };
  constexpr std::uint64_t kPerPlace = 2 * 2 * 2 * 5000;  // logits and errors of two samples in fp16
  CHECK(peak(8) < peak(48));
  CHECK(peak(48) < peak({}));
  CHECK(peak({}) - peak(24) > (kPlaces - 24) * kPerPlace * 8 / 10);
}
