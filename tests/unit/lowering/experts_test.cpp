// SPDX-License-Identifier: MIT
// Programs of a mixture of experts: which tile reads whose weights, and what skew costs.
#include "lowering/expert_shares.h"

#include <algorithm>

#include "config/load.h"
#include "lowering/lower.h"
#include "support/catch.h"
#include "unit/lowering/targets.h"
#include "workload/expand.h"

using namespace kiln;
using namespace kiln::lowering;
using workload::Phase;

namespace {

workload::StepGraph mixture_of(std::int64_t batch, double skew, std::int32_t rank = 0,
                               const std::string& more = "") {
  const std::string text = fmt::format(
      "name: mixture\nsource: test\ninput: {{channels: 64, height: 32, width: 1}}\nlayers:\n"
      "  - {{name: a, op: linear, out: 64}}\n  - {{name: r, op: linear, out: 16}}\n"
      "  - {{name: p, op: softmax}}\n  - {{name: k, op: top_k, top: 2, skew: {}{}}}\n"
      "  - {{name: d, op: moe_dispatch, from: [a], routing: k}}\n"
      "  - {{name: e, op: moe_experts, out: 256, routing: k, act: silu}}\n"
      "  - {{name: c, op: moe_combine, from: [e, k], routing: k}}\n  - {{name: z, op: linear, out: 8}}\n",
      skew, more);
  workload::TrainingConfig training;
  training.batch = batch;
  training.lora_rank = rank;
  if (rank > 0) training.lora_targets = {"e"};
  return workload::build_step(
      config::read_tree<workload::NetworkConfig>(config::parse_yaml("mixture.yaml", text), "").value,
      training);
}

struct Work {
  std::uint64_t weight_bytes = 0;
  std::int64_t macs = 0, cycles = 0;
};

/// Of the forward products of the experts, all tiles together.
Work experts_of(const workload::StepGraph& graph, const LoweredStep& step) {
  Work work;
  for (const TileProgram& tile : step.tiles)
    for (const Task& task : tile.tasks) {
      if (graph.ops[static_cast<std::size_t>(task.op)].name != "e/forward") continue;
      work.macs += task.macs;
      work.cycles += task.array_cycles;
      for (std::uint32_t i = task.load_begin; i < task.load_end; ++i)
        if (tile.loads[i].cls == workload::TensorClass::weight) work.weight_bytes += tile.loads[i].bytes;
    }
  return work;
}

constexpr std::int64_t kMacs = 32 * 2 * 64 * 256;  // of a sample
constexpr std::uint64_t kExpert = 2 * 64 * 256;    // bytes of its weights

LoweredStep lowered(const workload::StepGraph& graph, int tiles, Mapping mapping) {
  LoweringOptions options;
  options.mapping = mapping;
  return lower(graph, target_of(tiles), {}, options);  // holds work and results against the graph
}

}  // namespace

TEST_CASE("all mappings compute all rows of all experts in every phase") {
  for (const Mapping mapping : {Mapping::data, Mapping::channel, Mapping::layer_wise})
    for (const int tiles : {1, 3, 4})
      for (const std::int64_t batch : {1, 4, 6})
        for (const double skew : {0.0, 1.3}) {
          INFO(tiles << " tiles, " << batch << " samples, skew " << skew);
          const workload::StepGraph graph = mixture_of(batch, skew);
          CHECK(experts_of(graph, lowered(graph, tiles, mapping)).macs == batch * kMacs);
        }
}

TEST_CASE("all mappings compute the low-rank additions of all experts in every phase") {
  for (const Mapping mapping : {Mapping::data, Mapping::channel, Mapping::layer_wise})
    for (const int tiles : {1, 3, 4})
      for (const double skew : {0.0, 1.3}) {
        INFO(tiles << " tiles, skew " << skew);
        const workload::StepGraph graph = mixture_of(4, skew, 8);
        std::map<std::string, std::int64_t> macs;
        const LoweredStep step = lowered(graph, tiles, mapping);
        for (const TileProgram& tile : step.tiles)
          for (const Task& task : tile.tasks)
            macs[graph.ops[static_cast<std::size_t>(task.op)].name] += task.macs;
        const std::int64_t rows = 4 * 32 * 2;
        for (const char* down : {"e/lora_down", "e/lora_down_wgrad"}) CHECK(macs[down] == rows * 64 * 8);
        for (const char* up : {"e/lora_up", "e/lora_up_dgrad", "e/lora_up_wgrad"})
          CHECK(macs[up] == rows * 8 * 256);
      }
}

TEST_CASE("each low-rank product moves its own factor of all experts, and the gradient of that alone") {
  const workload::StepGraph graph = mixture_of(2, 0, 8);
  constexpr std::uint64_t kDown = 16 * 8 * 64, kUp = 16 * 256 * 8;
  std::map<std::string, std::uint64_t> read, added, written;
  const LoweredStep step = lowered(graph, 1, Mapping::data);
  for (const Task& task : step.tiles[0].tasks) {
    const std::string& name = graph.ops[static_cast<std::size_t>(task.op)].name;
    for (std::uint32_t i = task.load_begin; i < task.load_end; ++i) {
      const Transfer& load = step.tiles[0].loads[i];
      if (load.cls == workload::TensorClass::weight) read[name] += load.bytes;
      if (load.cls == workload::TensorClass::weight_gradient) added[name] += load.bytes;
    }
    for (std::uint32_t i = task.store_begin; i < task.store_end; ++i)
      if (step.tiles[0].stores[i].cls == workload::TensorClass::weight_gradient)
        written[name] += step.tiles[0].stores[i].bytes;
  }
  CHECK(read["e/lora_down"] == 2 * kDown);
  for (const char* up : {"e/lora_up", "e/lora_up_dgrad"}) CHECK(read[up] == 2 * kUp);
  CHECK(written["e/lora_down_wgrad"] == 4 * kDown);  // fp32
  CHECK(written["e/lora_up_wgrad"] == 4 * kUp);
  CHECK(added["e/lora_down_wgrad"] + added["e/lora_up_wgrad"] == 0);
}

TEST_CASE("with a capacity every expert is read and computes as many rows, whoever is chosen") {
  // 20 rows for each of 16 experts where 4 are an even share.
  for (const Mapping mapping : {Mapping::data, Mapping::channel, Mapping::layer_wise})
    for (const int tiles : {1, 3, 4})
      for (const double skew : {0.0, 4.0}) {
        INFO(tiles << " tiles, skew " << skew);
        const workload::StepGraph graph = mixture_of(3, skew, 0, ", capacity_factor: 5");
        const Work work = experts_of(graph, lowered(graph, tiles, mapping));
        CHECK(work.macs == 3 * 16 * 20 * 64 * 256);
        if (tiles == 1) CHECK(work.weight_bytes == 16 * kExpert);
      }
}

TEST_CASE(
    "tiles with parts of one sample read the experts of their rows, tiles with samples of their own all") {
  const workload::StepGraph one = mixture_of(1, 0), four = mixture_of(4, 0);
  CHECK(experts_of(one, lowered(one, 4, Mapping::data)).weight_bytes == 16 * kExpert);
  CHECK(experts_of(four, lowered(four, 4, Mapping::data)).weight_bytes == 4 * 16 * kExpert);
  CHECK(experts_of(four, lowered(four, 4, Mapping::channel)).weight_bytes == 16 * kExpert);
}

TEST_CASE("experts without rows are not read") {
  const workload::StepGraph graph = mixture_of(1, 4);
  const std::vector<std::int64_t> rows =
      std::get<workload::ExpertProduct>(
          graph
              .ops[static_cast<std::size_t>(
                  std::find_if(graph.ops.begin(), graph.ops.end(),
                               [](const workload::Op& op) { return op.name == "e/forward"; })
                      ->id)]
              .actions.front()
              .operation)
          .rows;
  const auto used = static_cast<std::uint64_t>(
      std::count_if(rows.begin(), rows.end(), [](std::int64_t own) { return own > 0; }));
  REQUIRE(used < 16);
  CHECK(experts_of(graph, lowered(graph, 1, Mapping::data)).weight_bytes == used * kExpert);
}

TEST_CASE("many small products fill the array less well than few large ones") {
  const workload::StepGraph even = mixture_of(4, 0), skewed = mixture_of(4, 4);
  const Work all = experts_of(even, lowered(even, 1, Mapping::data)),
             few = experts_of(skewed, lowered(skewed, 1, Mapping::data));
  CHECK(all.macs == few.macs);
  CHECK(few.cycles < all.cycles);
}

TEST_CASE("shares of tiles partition rows and gradients of every expert") {
  const workload::ExpertProduct product{4, 4, {5, 3, 0, 2}};
  const std::int64_t all = 3 * 10;
  std::vector<std::int64_t> found(4, 0);
  for (std::int64_t begin = 0; begin < all; begin += 6) {
    std::int64_t rows = 0;
    double gradient = 0;
    for (const ExpertShare& share : expert_shares(product, begin, 6)) {
      CHECK(share.rows.begin == rows);
      rows = share.rows.end;
      gradient += share.gradient.fraction();
      found[static_cast<std::size_t>(share.weights.begin)] += share.rows.size();
    }
    CHECK(rows == 6);
    CHECK_THAT(gradient, Catch::Matchers::WithinAbs(1, 1e-12));
  }
  CHECK(found == std::vector<std::int64_t>{15, 9, 0, 6});
}
