// SPDX-License-Identifier: MIT
#include "workload/training_config.h"

#include "support/catch.h"
#include "unit/workload/networks.h"
#include "workload/load_step.h"

using namespace kiln;
using namespace kiln::workload;
using Catch::Matchers::Contains;

namespace {

TrainingConfig read(const std::string& text) {
  return config::read_tree<TrainingConfig>(config::parse_yaml("training.yaml", text), "").value;
}

std::string error(const std::string& text) {
  return config_error([&] { read(text); });
}

}  // namespace

TEST_CASE("a training section reads, and its dump reads the same") {
  const TrainingConfig training = read(R"(
batch: 16
micro_batches: 4
optimizer: {kind: adam, master_weights: false}
precision: {saved_activations: int8, gradients: bf16, wgrad: bf16}
freeze: {prefix_fraction: 50 %, layers: [fc]}
recompute: {mode: segments, segments: 3}
loss_scaling: {kind: fixed}
norm_statistics: synchronised
quantisation_aware: {weights: int4}
pruning: {pattern: n_of_m, n: 1, m: 4}
)");
  CHECK(training.optimizer.kind == OptimizerKind::adam);
  CHECK(training.precision.saved_activations == Precision::int8);
  CHECK(training.precision.activations == Precision::fp16);
  CHECK(training.freeze.prefix_fraction == 0.5);
  CHECK(training.quantisation_aware->weights == Precision::int4);
  CHECK(training.quantisation_aware->activations == Precision::int8);
  const std::string text = config::dump(training);
  CHECK(config::dump(read(text)) == text);
}

TEST_CASE("contradictions are refused with the remedy") {
  CHECK_THAT(error("{batch: 6, micro_batches: 4}"),
             Contains("micro_batches") && Contains("does not divide batch = 6"));
  CHECK_THAT(error("{bias_only: true, lora_rank: 4}"),
             Contains("lora_rank") && Contains("excludes bias_only"));
  CHECK_THAT(error("{lora_alpha: 16}"), Contains("lora_alpha") && Contains("give a rank"));
  CHECK_THAT(error("{lora_targets: [q_proj]}"), Contains("lora_targets") && Contains("give a rank"));
  CHECK_THAT(error("{base_weights: {}, quantisation_aware: {}}"), Contains("excludes quantisation_aware"));
  CHECK_THAT(error("{loss_scaling: {kind: dynamic}}"), Contains("write update: at_end"));
  CHECK(error("{loss_scaling: {kind: dynamic}, update: at_end}").empty());
  CHECK_THAT(error("{kind: none, loss_chunk: 64}"), Contains("loss_chunk") && Contains("training step"));
  CHECK_THAT(error("{loss_chunk: 0}"), Contains("loss_chunk"));
  CHECK_THAT(error("{pruning: {pattern: n_of_m, n: 5, m: 4}}"), Contains("must not exceed m = 4"));
  CHECK_THAT(error("{optimiser: {kind: sgd}}"), Contains("optimizer"));
  CHECK_THAT(error("{optimizer: {kind: adma}}"), Contains("adam"));
}

TEST_CASE("inference is one word, or a key beside batch and precisions") {
  CHECK(read("none").kind == TrainingKind::none);
  CHECK(read("none").batch == TrainingConfig{}.batch);
  const TrainingConfig four = read("{kind: none, batch: 4, precision: {forward: int8}}");
  CHECK((four.kind == TrainingKind::none && four.batch == 4));
  CHECK(config::dump(read(config::dump(four))) == config::dump(four));
  CHECK_THAT(error("non"), Contains("none"));
  CHECK_THAT(error("{kind: none, recompute: {mode: sqrt}}"),
             Contains("recompute") && Contains("belongs to a training step"));
  CHECK_THAT(error("{kind: none, loss_scaling: {kind: fixed}}"), Contains("loss_scaling"));
}

TEST_CASE("zeroth order refuses by name what a step without gradients cannot use") {
  const std::string plain = "kind: zeroth_order, optimizer: {kind: sgd, master_weights: false}";
  const TrainingConfig training = read("{" + plain + ", fused_restore: true}");
  CHECK((training.kind == TrainingKind::zeroth_order && training.fused_restore));
  CHECK(config::dump(read(config::dump(training))) == config::dump(training));
  CHECK_THAT(error("{kind: zeroth_order, optimizer: {kind: adam}}"),
             Contains("optimizer") && Contains("sgd"));
  CHECK_THAT(error("{kind: zeroth_order, optimizer: {kind: sgd}}"), Contains("write master_weights: false"));
  CHECK_THAT(error("{fused_restore: true}"), Contains("fused_restore") && Contains("zeroth_order"));
  for (const auto& [key, value] :
       std::vector<std::pair<std::string, std::string>>{{"recompute", "{mode: sqrt}"},
                                                        {"loss_scaling", "{kind: fixed}"},
                                                        {"update", "at_end"},
                                                        {"pruning", "{}"}})
    CHECK_THAT(error("{" + plain + ", " + key + ": " + value + "}"),
               Contains(key) && Contains("zeroth_order"));
  CHECK(error("{" + plain + ", pruning: {pattern: channels}, lora_rank: 4, base_weights: {}}").empty());
}

TEST_CASE("zero operands are known where a relu stands in front") {
  TrainingConfig training;
  training.relu_density = 0.4;
  const StepGraph graph = build_step(residual_network(), training);
  CHECK(find_op(graph, "expand/forward").input_density == 0.4);
  CHECK(find_op(graph, "expand/wgrad").input_density == 0.4);
  CHECK(find_op(graph, "expand/dgrad").input_density == 1.0);
  CHECK(find_op(graph, "stem/forward").input_density == 1.0);
  CHECK(find_op(graph, "down/forward").input_density == 1.0);  // behind a plain addition
}

TEST_CASE("a network file is YAML or a SCALE-Sim topology by its ending") {
  const std::string folder = std::string(KILN_SOURCE_DIR) + "/configs/workloads/";
  const Network network = load_network(folder + "lenet5_r28.yaml");
  CHECK(network.parameters() == 61706);
  TrainingConfig training;
  training.depthwise_separable = {"c2"};
  CHECK(load_step(folder + "lenet5_r28.yaml", training).parameters() ==
        61706 - 2416 + (6 * 25 + 6) + (6 * 16 + 16));
  CHECK_THAT(config_error([&] { load_step("topology.csv", training); }),
             Contains("topology.csv") && Contains("network in YAML"));
  CHECK_THAT(config_error([&] { load_network(folder + "missing.yaml"); }), Contains("missing.yaml"));
}
