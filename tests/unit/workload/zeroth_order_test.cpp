// SPDX-License-Identifier: MIT
// The step of zeroth order (MeZO) against closed forms: passes over the weights, forward passes, what is
// alive.
#include "support/catch.h"
#include "unit/workload/networks.h"
#include "workload/footprint.h"
#include "workload/vector_cost.h"

using namespace kiln;
using namespace kiln::workload;

namespace {

TrainingConfig zeroth_order(std::int64_t batch = 4) {
  TrainingConfig training;
  training.kind = TrainingKind::zeroth_order;
  training.batch = batch;
  training.optimizer = {OptimizerKind::sgd, false};
  return training;
}

struct Passes {
  int count = 0;
  std::int64_t elements = 0, bytes = 0;  ///< drawn; read and written
};

Passes passes_of(const StepGraph& graph) {
  Passes passes;
  for (const Op& op : graph.ops) {
    if (op.kind != OpKind::perturb) continue;
    ++passes.count;
    passes.elements += op.vector.elements;
    CHECK(op.vector.passes == 1);
    CHECK(op.vector.ops_per_element == kGaussian + kPerturb);
    for (const auto* operands : {&op.inputs, &op.outputs})
      for (const Operand& operand : *operands)
        if (operand.role == Role::parameters) passes.bytes += graph.tensors[operand.tensor].bytes();
  }
  return passes;
}

int weighted_layers(const StepGraph& graph) {
  int count = 0;
  for (const LayerInfo& layer : graph.layers) count += layer.trainable_parameters > 0;
  return count;
}

}  // namespace

TEST_CASE("a Gaussian takes a word of Philox, made a number, and half a pair of Box and Muller") {
  CHECK(kGaussian == 25 + 2 + 10);
}

TEST_CASE("weights are read and written four times, three where restoring is fused") {
  TrainingConfig training = zeroth_order();
  for (const bool fused : {false, true}) {
    training.fused_restore = fused;
    const StepGraph graph = build_step(residual_network(), training);
    const Passes passes = passes_of(graph);
    const int times = fused ? 3 : 4;
    CHECK(passes.count == times * weighted_layers(graph));
    CHECK(passes.elements == times * graph.trainable_parameters());
    CHECK(passes.bytes == times * 2 * graph.parameters() * 2);  // fp16
    CHECK(has_op(graph, "stem/restore") != fused);
    const auto& update = std::get<Perturb>(find_op(graph, "stem/update").actions.front().operation);
    CHECK((update.descends && update.epsilons == (fused ? 1 : 0)));
  }
}

TEST_CASE("the weights stand at plus and at minus one perturbation, and are back at the end") {
  const StepGraph graph = build_step(residual_network(), zeroth_order());
  int at = 0, losses = 0;
  for (const Op& op : graph.ops) {
    if (op.layer != 7) continue;  // the classifier, where the loss is
    if (const auto* move = std::get_if<Perturb>(&op.actions.front().operation)) at += move->epsilons;
    if (op.name.starts_with("fc/loss")) CHECK(at == (++losses == 1 ? 1 : -1));
  }
  CHECK(losses == 2);
  CHECK(at == 0);
}

TEST_CASE("two forward passes, no backward pass, and nothing is kept") {
  const StepGraph graph = build_step(residual_network(), zeroth_order());
  TrainingConfig ordinary;
  ordinary.batch = 4;
  const StepGraph with_errors = build_step(residual_network(), ordinary);
  CHECK(graph.macs(Phase::forward) == 2 * with_errors.macs(Phase::forward));
  for (const Op& op : graph.ops) {
    INFO(op.name);
    CHECK((op.phase == Phase::forward || op.phase == Phase::update || op.kind == OpKind::project));
  }
  for (const Tensor& tensor : graph.tensors) {
    INFO(tensor.name);
    CHECK((tensor.cls == TensorClass::input || tensor.cls == TensorClass::weight ||
           tensor.cls == TensorClass::activation || tensor.cls == TensorClass::statistics));
  }
  CHECK(find_op(graph, "fc/project").reads.size() == 2);
  CHECK(find_tensor(graph, "fc.loss_plus").bytes() == 4);
}

TEST_CASE("only what is trained moves: behind frozen layers, biases, low-rank factors, a tied table once") {
  TrainingConfig frozen = zeroth_order();
  frozen.freeze.prefix_layers = 3;
  TrainingConfig biases = zeroth_order();
  biases.bias_only = true;
  TrainingConfig low_rank = zeroth_order();
  low_rank.lora_rank = 2;
  for (const TrainingConfig& training : {frozen, biases, low_rank, zeroth_order()})
    for (const NetworkConfig& network : {residual_network(), transformer()}) {
      const StepGraph graph = build_step(network, training);
      const Passes passes = passes_of(graph);
      CHECK(passes.elements == 4 * graph.trainable_parameters());
      CHECK(passes.count == 4 * weighted_layers(graph));
    }
  const StepGraph adapters = build_step(transformer(), low_rank);
  CHECK(adapters.trainable_parameters() < adapters.parameters() / 2);
  CHECK(passes_of(adapters).bytes == 4 * 2 * adapters.trainable_parameters() * 2);  // and no base weight
  CHECK_FALSE(has_op(build_step(transformer(), zeroth_order()), "logits/update"));
}

TEST_CASE("memory is the weights and the values between two layers") {
  const NetworkConfig chain = parse(
      "  - {name: a, op: linear, out: 96}\n  - {name: b, op: linear, out: 160}\n  - {name: c, op: linear, "
      "out: 10}\n",
      "{channels: 64, height: 1, width: 1}");
  const StepGraph graph = build_step(chain, zeroth_order(8));
  const MemoryFootprint memory = footprint(graph);
  // In the first pass the input waits for the second one; layer b reads 96 and writes 160 values.
  CHECK(memory.peak_bytes == 2 * graph.parameters() + 2 * 8 * (64 + 96 + 160));
  CHECK(memory.at_peak_of(TensorClass::weight) == 2 * graph.parameters());
  CHECK(memory.at_peak_of(TensorClass::activation) == 2 * 8 * (96 + 160));
  CHECK(memory.at_peak_of(TensorClass::saved) == 0);
}

TEST_CASE("micro-batches share the passes over the weights") {
  TrainingConfig training = zeroth_order(8);
  training.micro_batches = 4;
  const StepGraph graph = build_step(residual_network(), training);
  const std::vector<Stretch> stretches = stretches_of(graph);
  REQUIRE(stretches.size() == 5);  // passes, forward, passes, forward, sum and passes
  for (std::size_t i = 0; i < stretches.size(); ++i) {
    CHECK(stretches[i].every_micro_batch == (i % 2 == 1));
    CHECK(stretches[i].first == (i == 0 ? 0 : stretches[i - 1].end));
  }
  CHECK(stretches.back().end == static_cast<OpId>(graph.ops.size()));
  CHECK(reads(graph, "fc/loss_plus", "fc.loss_plus"));  // is added to
  CHECK(passes_of(graph).elements == 4 * graph.trainable_parameters());
}
