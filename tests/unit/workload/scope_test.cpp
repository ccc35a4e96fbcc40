// SPDX-License-Identifier: MIT
// Which parameters are trained: freezing, biases only, low rank, and the workload transforms.
#include "support/catch.h"
#include "unit/workload/networks.h"
#include "workload/footprint.h"
#include "workload/training_plan.h"
#include "workload/transforms.h"

using namespace kiln;
using namespace kiln::workload;
using Catch::Matchers::Contains;

TEST_CASE("a prefix is near the input, a suffix near the output") {
  TrainingConfig training;
  training.freeze.prefix_layers = 2;  // stem, expand
  StepGraph graph = build_step(residual_network(), training);
  CHECK_FALSE(has_op(graph, "expand/wgrad"));
  CHECK_FALSE(has_op(graph, "dw/dgrad"));  // nothing trained in front
  CHECK(has_op(graph, "dw/wgrad"));
  CHECK(has_op(graph, "project/dgrad"));
  CHECK_FALSE(has_op(graph, "stem/norm"));  // stored statistics, folded

  training = {};
  training.freeze.suffix_layers = 2;  // down, fc
  graph = build_step(residual_network(), training);
  CHECK_FALSE(has_op(graph, "fc/wgrad"));
  CHECK_FALSE(has_op(graph, "down/update"));
  CHECK(has_op(graph, "fc/dgrad"));
  CHECK(has_op(graph, "down/dgrad"));
  CHECK(has_op(graph, "down/act_backward"));
  CHECK(find_tensor(graph, "down.mask").cls == TensorClass::saved);  // the error passes its activation
  CHECK(find_tensor(graph, "add").cls == TensorClass::activation);   // a frozen convolution keeps no input

  training = {};
  training.freeze.prefix_fraction = 0.5;  // 3 of 6 weighted layers
  CHECK_FALSE(has_op(build_step(residual_network(), training), "dw/wgrad"));
  CHECK(has_op(build_step(residual_network(), training), "project/wgrad"));
}

TEST_CASE("layers are frozen by name; unknown names and impossible counts are errors") {
  TrainingConfig training;
  training.freeze.layers = {"down"};
  const StepGraph graph = build_step(residual_network(), training);
  CHECK_FALSE(has_op(graph, "down/wgrad"));
  CHECK(has_op(graph, "expand/wgrad"));
  training.freeze.layers = {"dowm"};
  CHECK_THAT(config_error([&] { build_step(residual_network(), training); }),
             Contains("freeze.layers") && Contains("'dowm'") && Contains("did you mean 'down'?"));
  training.freeze.layers.clear();
  training.freeze.prefix_layers = 7;
  CHECK_THAT(config_error([&] { build_step(residual_network(), training); }),
             Contains("has 6 weighted layers"));
  training.freeze.prefix_layers = 6;
  CHECK(macs(build_step(residual_network(), training)) ==
        build_network(residual_network()).forward_macs() * training.batch);
}

TEST_CASE("a map of layers freezes, thaws and sets precisions by name or pattern") {
  const auto read = [](const std::string& text) {
    return config::read_tree<TrainingConfig>(config::parse_yaml("t.yaml", text), "").value;
  };
  const TrainingConfig training = read(
      "freeze: {prefix_layers: 4}\n"
      "layers:\n"
      "  \"*\": {precision: {weights: int8}}\n"
      "  dw: {freeze: false}\n"
      "  down: {precision: {weights: fp32, forward: fp32, saved_activations: int8}}\n");
  const StepGraph graph = build_step(residual_network(), training);
  CHECK(has_op(graph, "dw/wgrad"));
  CHECK_FALSE(has_op(graph, "expand/wgrad"));
  CHECK(find_tensor(graph, "expand.weight").bits_per_element == 8);
  CHECK(find_tensor(graph, "down.weight").bits_per_element == 32);
  CHECK(find_op(graph, "down/forward").precision == Precision::fp32);
  CHECK(find_op(graph, "fc/forward").precision == Precision::fp16);
  CHECK(find_tensor(graph, "down.before_norm.kept").bits_per_element == 8);
  CHECK_THAT(config_error([&] { build_step(residual_network(), read("layers: {dq: {freeze: true}}\n")); }),
             Contains("t.yaml:1") && Contains("training.layers.dq") && Contains("did you mean 'dw'?"));
}

TEST_CASE("two ways to name the frozen layers at once are refused by the reader") {
  const auto read = [](const std::string& text) {
    return config_error([&] { config::read_tree<FreezeConfig>(config::parse_yaml("f.yaml", text), ""); });
  };
  CHECK_THAT(read("{prefix_layers: 3, suffix_layers: 2}"), Contains("only one of"));
  CHECK(read("{prefix_layers: 3, layers: [fc]}").empty());
}

TEST_CASE("bias-only training keeps masks and no activations") {
  TrainingConfig training;
  training.bias_only = true;
  training.fully_trained = {"fc"};
  const StepGraph graph = build_step(residual_network(), training);
  CHECK(graph.trainable_parameters() ==
        8 + 24 + 24 + 8 + 16 + (16 * 10 + 10));  // norm shifts and the classifier
  for (const Tensor& tensor : graph.tensors) {
    INFO(tensor.name);
    if (tensor.cls == TensorClass::saved) CHECK((tensor.bits_per_element == 1 || tensor.name == "pool"));
  }
  CHECK(find_op(graph, "dw/wgrad").kind == OpKind::vector);
  CHECK(has_op(graph, "dw/dgrad"));
  CHECK(writes(graph, "dw/update", "dw.trained"));
}

TEST_CASE("low-rank training adds two thin products per phase and trains only them") {
  TrainingConfig training;
  training.batch = 2;
  training.lora_rank = 4;
  const StepGraph graph = build_step(residual_network(), training);
  CHECK(find_op(graph, "expand/lora_down").gemm.n == 4);
  CHECK(find_op(graph, "expand/lora_up").gemm.k == 4);
  CHECK(find_op(graph, "expand/lora_up_wgrad").gemm.macs() == 4 * 24 * 2 * 256);
  CHECK(find_op(graph, "expand/lora_down_wgrad").gemm.macs() == 8 * 4 * 2 * 256);
  CHECK_FALSE(has_op(graph, "expand/wgrad"));
  CHECK_FALSE(has_op(graph, "dw/lora_down"));
  std::int64_t expected = 0;
  for (const auto& [in, out] : {std::pair{27, 8}, {8, 24}, {24, 8}, {72, 16}, {16, 10}})
    expected += 4 * (in + out);
  CHECK(graph.trainable_parameters() == expected);
  CHECK(find_tensor(graph, "expand.gradient").elements() == 4 * (8 + 24));
}

TEST_CASE("low-rank additions stand where targets, ranks of layers and the map say") {
  TrainingConfig training;
  training.lora_rank = 4;
  training.lora_targets = {"qkv", "f*"};
  StepGraph graph = build_step(transformer(), training);
  CHECK(has_op(graph, "qkv/lora_down"));
  CHECK(has_op(graph, "fc/lora_down"));
  CHECK_FALSE(has_op(graph, "proj/lora_down"));
  CHECK_FALSE(has_op(graph, "proj/wgrad"));
  CHECK_FALSE(has_op(graph, "table/wgrad"));
  CHECK(graph.trainable_parameters() == 4 * (16 + 48) + 4 * (16 + 32));

  const auto map =
      config::parse_yaml("map", "layers: {fc: {lora_rank: 2}, qkv: {lora_rank: 0}, proj: {lora_rank: 1}}");
  training.layers = config::read_tree<TrainingConfig>(map, "").value.layers;
  graph = build_step(transformer(), training);
  CHECK(graph.trainable_parameters() == 2 * (16 + 32) + 1 * (16 + 16));
  training.lora_rank = 0;
  training.lora_targets.clear();
  CHECK(build_step(transformer(), training).trainable_parameters() == 2 * (16 + 32) + 1 * (16 + 16));

  training.lora_rank = 4;
  training.lora_targets = {"fcc"};
  CHECK_THAT(config_error([&] { build_step(transformer(), training); }),
             Contains("lora_targets") && Contains("fits no layer") && Contains("did you mean 'fc'?"));
}

TEST_CASE("a higher rank costs more of everything, and frozen weights have no gradient") {
  std::int64_t macs = 0, bytes = 0;
  for (const std::int32_t rank : {1, 4, 16}) {
    TrainingConfig training;
    training.lora_rank = rank;
    const StepGraph graph = build_step(transformer(), training);
    std::int64_t more_macs = 0, more_bytes = 0;
    for (const Op& op : graph.ops) {
      more_macs += op.gemm.macs();
      for (const auto* list : {&op.reads, &op.writes})
        for (const TensorId id : *list) more_bytes += graph.tensors[static_cast<std::size_t>(id)].bytes();
      if (op.phase == Phase::wgrad) CHECK(op.name.find("lora") != std::string::npos);
    }
    CHECK(more_macs > macs);
    CHECK(more_bytes > bytes);
    macs = more_macs;
    bytes = more_bytes;
  }
}

TEST_CASE("weights that stay lie in their own format and are turned into the array's in every product") {
  TrainingConfig training;
  training.lora_rank = 4;
  training.lora_targets = {"qkv", "fc"};
  const StepGraph plain = build_step(transformer(), training);
  training.base_weights.emplace();
  CHECK(training.base_weights->bits() == 4 + 8.0 / 64 + 32.0 / (64 * 256));  // 4.127, as published
  const StepGraph graph = build_step(transformer(), training);
  CHECK(find_tensor(graph, "fc.weight").bits_per_element == training.base_weights->bits());
  CHECK(find_tensor(graph, "fc.trained").bits_per_element == 16);
  CHECK(find_tensor(graph, "table.weight").bits_per_element == 16);  // looked up, not multiplied
  const auto lanes = [](const StepGraph& of, const char* name) {
    const Op& op = find_op(of, name);
    return op.vector.ops_per_element * static_cast<double>(op.vector.elements) * op.vector.passes;
  };
  for (const char* name : {"fc/forward", "fc/dgrad", "head/forward", "head/dgrad"})
    CHECK(lanes(graph, name) == Approx(lanes(plain, name) + 2 * 16 * 32));
  CHECK(lanes(graph, "logits/forward") == lanes(plain, "logits/forward"));
  training.base_weights->double_quantised = false;
  CHECK(training.base_weights->bits() == 4.5);
}

TEST_CASE("quantisation-aware training computes forward in int8 and pays for it") {
  TrainingConfig training;
  const StepGraph plain = build_step(residual_network(), training);
  training.quantisation_aware.emplace();
  const StepGraph graph = build_step(residual_network(), training);
  CHECK(find_op(graph, "expand/forward").precision == Precision::int8);
  CHECK(find_op(graph, "expand/dgrad").precision == Precision::fp16);
  CHECK(reads(graph, "expand/forward", "expand.quantised"));
  CHECK(find_tensor(graph, "expand.quantised").bits_per_element == 8);
  CHECK(find_tensor(graph, "expand").bits_per_element == 8);
  CHECK(find_tensor(graph, "project.mask").bits_per_element == 1);  // clipping, though there is no activation
  CHECK(macs(graph) == macs(plain));
  CHECK(vector_ops(graph) > vector_ops(plain));
}

TEST_CASE("a teacher adds its forward pass and a term to the loss") {
  TrainingConfig training;
  const StepGraph plain = build_step(residual_network(), training);
  training.distillation.emplace();
  training.distillation->teacher = residual_network();
  const StepGraph graph = build_step(residual_network(), training);
  CHECK(graph.macs(Phase::forward) == 2 * plain.macs(Phase::forward));
  CHECK(graph.macs(Phase::dgrad) == plain.macs(Phase::dgrad));
  CHECK(graph.trainable_parameters() == plain.trainable_parameters());
  CHECK(graph.layers[find_op(graph, "teacher/dw/forward").layer].name == "teacher/dw");
  CHECK(reads(graph, "fc/loss", "teacher/fc"));
  training.distillation->teacher.layers.back().out = 11;
  CHECK_THAT(config_error([&] { build_step(residual_network(), training); }),
             Contains("11 outputs") && Contains("10"));
}

TEST_CASE("pruning by pattern keeps the shapes and thins the weights") {
  TrainingConfig training;
  training.pruning.emplace();
  training.pruning->sparsity = 0.75;
  StepGraph graph = build_step(residual_network(), training);
  CHECK(find_op(graph, "expand/forward").weight_density == 0.25);
  CHECK(find_op(graph, "expand/dgrad").weight_density == 0.25);
  CHECK(find_op(graph, "expand/wgrad").weight_density == 1.0);
  CHECK(find_tensor(graph, "expand.weight").bits_per_element == 0.25 * 16 + 1);
  training.pruning->pattern = SparsityPattern::n_of_m;
  graph = build_step(residual_network(), training);
  CHECK(find_op(graph, "expand/forward").weight_density == 0.5);
  CHECK(find_tensor(graph, "expand.weight").bits_per_element == 0.5 * (16 + 2));
}

TEST_CASE("channel pruning shrinks inner layers only") {
  const NetworkConfig pruned = prune_channels(residual_network(), 0.5);
  const Network network = build_network(pruned);
  CHECK(network.layers[0].out.channels() == 8);   // stem feeds the addition
  CHECK(network.layers[1].out.channels() == 12);  // expand
  CHECK(network.layers[2].out.channels() == 12);  // depthwise follows
  CHECK(network.layers[3].out.channels() == 8);   // project feeds the addition
  CHECK(network.layers[5].out.channels() == 8);   // down
  CHECK(network.layers[7].out.channels() == 10);  // classes
  CHECK(build_network(prune_channels(transformer(), 0.5)).layers[9].out.channels() == 16);
}

TEST_CASE("a depthwise-separable rewrite replaces k x k products") {
  const NetworkConfig rewritten = rewrite_depthwise_separable(residual_network(), {"down"});
  const Network network = build_network(rewritten);
  const int depthwise = network.find("down.dw", ""), pointwise = network.find("down", "");
  CHECK(network.layers[depthwise].op == LayerOp::depthwise);
  CHECK(network.layers[depthwise].macs == 8 * 9 * 8 * 8);
  CHECK(network.layers[pointwise].macs == 8 * 16 * 8 * 8);
  CHECK(network.layers[pointwise].out == Shape::map(16, 8, 8));
  CHECK(rewrite_depthwise_separable(residual_network(), {"all"}).layers.size() == 9);  // the stem stays
  CHECK_THAT(config_error([] { rewrite_depthwise_separable(residual_network(), {"expand"}); }),
             Contains("'expand' is not a convolution with a kernel above 1 x 1"));
}
