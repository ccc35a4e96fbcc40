// SPDX-License-Identifier: MIT
// Programs of a step of zeroth order: each tile passes over its share of the weights, and waits where it
// must.
#include <map>

#include "config/load.h"
#include "lowering/lower.h"
#include "lowering/work.h"
#include "support/catch.h"
#include "unit/lowering/targets.h"
#include "workload/expand.h"
#include "workload/vector_cost.h"

using namespace kiln;
using namespace kiln::lowering;
using workload::OpKind;
using workload::Phase;
using workload::TensorClass;

namespace {

workload::StepGraph zeroth_order_of(const std::string& network, int micro_batches = 1) {
  const auto loaded =
      config::load<workload::NetworkConfig>(std::string(KILN_SOURCE_DIR) + "/configs/workloads/" + network);
  workload::TrainingConfig training;
  training.kind = workload::TrainingKind::zeroth_order;
  training.batch = 8;
  training.micro_batches = micro_batches;
  training.optimizer = {workload::OptimizerKind::sgd, false};
  return workload::build_step(loaded.value, training);
}

std::int64_t weight_bytes(const workload::StepGraph& graph) {
  std::int64_t sum = 0;
  for (const workload::Tensor& tensor : graph.tensors)
    if (tensor.cls == TensorClass::weight) sum += tensor.bytes();
  return sum;
}

const char* const kTwoNetworks[] = {"resnet8_cifar_mlperf_tiny.yaml", "vit_micro_p8_r64.yaml"};
constexpr Mapping kEveryMapping[] = {Mapping::data, Mapping::channel, Mapping::layer_wise};

}  // namespace

TEST_CASE("all tiles together read and write the weights once a pass, whatever the mapping") {
  for (const char* network : kTwoNetworks) {
    const workload::StepGraph graph = zeroth_order_of(network);
    for (const Mapping mapping : kEveryMapping)
      for (const int tiles : {1, 3, 8}) {
        INFO(network << ", " << tiles << " tiles");
        LoweringOptions options;
        options.mapping = mapping;
        const LoweredStep step = lower(graph, target_of(tiles), {}, options);
        CHECK(step.bytes(TensorClass::weight, true) == 4 * static_cast<std::uint64_t>(weight_bytes(graph)));
        std::int64_t loads = 0, lanes = 0, least = weight_bytes(graph) * 4, most = 0;
        for (const TileProgram& tile : step.tiles) {
          std::int64_t own = 0;
          for (const Task& task : tile.tasks) {
            if (task.phase != Phase::update) continue;
            lanes += task.vector_ops;
            for (std::uint32_t i = task.load_begin; i < task.load_end; ++i)
              if (tile.loads[i].cls == TensorClass::weight)
                own += static_cast<std::int64_t>(tile.loads[i].bytes);
          }
          loads += own;
          least = std::min(least, own);
          most = std::max(most, own);
        }
        CHECK(loads == 4 * weight_bytes(graph));
        CHECK(most - least <= 4 * 2 * static_cast<std::int64_t>(graph.layers.size()));  // a share is a share
        const double asked = 4 * static_cast<double>(graph.trainable_parameters()) *
                             (workload::kGaussian + workload::kPerturb);
        CHECK_THAT(static_cast<double>(lanes), Catch::Matchers::WithinRel(asked, 1e-3));
      }
  }
}

TEST_CASE("micro-batches run both forward passes each, the passes over the weights run once") {
  const workload::StepGraph graph = zeroth_order_of(kTwoNetworks[0], 4);
  const LoweredStep step = lower(graph, target_of(2), {}, {});
  CHECK(step.macs() == 4 * graph.macs(Phase::forward));
  CHECK(step.bytes(TensorClass::weight, true) == 4 * static_cast<std::uint64_t>(weight_bytes(graph)));
}

TEST_CASE("nothing but a number goes from tile to tile") {
  const workload::StepGraph graph = zeroth_order_of("vit_micro_p8_r64.yaml");
  LoweringOptions options;
  options.mapping = Mapping::data;
  const LoweredStep step = lower(graph, target_of(4), {}, options);
  CHECK(step.bytes(TensorClass::weight_gradient, true) == 0);
  std::map<Phase, std::uint64_t> loaded;
  for (const TileProgram& tile : step.tiles)
    for (const Task& task : tile.tasks)
      for (std::uint32_t i = task.load_begin; i < task.load_end; ++i)
        loaded[task.phase] += tile.loads[i].bytes;
  CHECK(loaded[Phase::reduce] == 2 * 4 * 4);  // two losses of four tiles
}

TEST_CASE("weights change behind their last reader, and down the slope behind the losses") {
  const workload::StepGraph graph = zeroth_order_of("vit_micro_p8_r64.yaml");
  for (const Mapping mapping : kEveryMapping) {
    LoweringOptions options;
    options.mapping = mapping;
    const LoweredStep step = lower(graph, target_of(4), {}, options);
    const auto op_at = [&](std::int32_t instance) -> const workload::Op& {
      return graph.ops[static_cast<std::size_t>(step.op_of_instance[static_cast<std::size_t>(instance)])];
    };
    int waits = 0, reads = 0;
    for (const TileProgram& tile : step.tiles)
      for (const Task& task : tile.tasks) {
        const workload::Op& op = op_at(task.instance);
        INFO(op.name);
        if (op.name.ends_with("/perturb_minus") || op.name.ends_with("/restore")) {
          REQUIRE(task.after.instance >= 0);
          CHECK(task.after.all_tiles);
          const std::string side = op.name.ends_with("restore") ? "_minus" : "_plus";
          CHECK(op_at(task.after.instance).name.ends_with(side));
          CHECK(op_at(task.after.instance).phase == Phase::forward);
          ++waits;
        }
        if (op.name.ends_with("/update")) CHECK(op_at(task.after.instance).kind == OpKind::project);
        for (std::uint32_t i = task.load_begin; i < task.load_end; ++i) {
          const Transfer& load = tile.loads[i];
          if (op.phase != Phase::forward || load.cls != TensorClass::weight) continue;
          REQUIRE(load.after.instance >= 0);
          CHECK(load.after.all_tiles);
          CHECK(op_at(load.after.instance).name.ends_with(op.name.ends_with("_plus") ? "_plus" : "_minus"));
          ++reads;
        }
      }
    CHECK(waits > 0);
    CHECK(reads > 0);
  }
}
