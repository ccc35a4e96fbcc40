// SPDX-License-Identifier: MIT
// Every kind of layer, alone and in a network: shapes, parameters, and a step whose operations say what they
// do.
#include <map>
#include <set>

#include "support/catch.h"
#include "unit/workload/networks.h"
#include "workload/layer_kind.h"

using namespace kiln;
using namespace kiln::workload;
using Catch::Matchers::Contains;

namespace {

/// A network around one layer, `x`, between trained ones; `output` is its shape.
struct Sample {
  const char* layers;
  Shape output;
  std::int64_t parameters;
};

const char* const kMap = "  - {name: a, op: conv, out: 6, kernel: 3}\n";
const char* const kTokens = "  - {name: a, op: linear, out: 6}\n";
const std::string kMapInput = "{channels: 3, height: 9, width: 7}";
const std::string kTokenInput = "{channels: 4, height: 5, width: 1}";

/// Read a map of 6x9x7.
const std::map<LayerOp, Sample> kOfMaps = {
    {LayerOp::conv,
     {"  - {name: x, op: conv, out: 4, kernel: 3, padding: [0, 1, 2, 1], dilation: 2, groups: 2}\n",
      Shape::map(4, 7, 5), 4 * 3 * 9 + 4}},
    {LayerOp::depthwise, {"  - {name: x, op: depthwise, kernel: 3, stride: 2}\n", Shape::map(6, 5, 4), 60}},
    {LayerOp::conv_transpose,
     {"  - {name: x, op: conv_transpose, out: 4, kernel: 3, stride: 2, padding: [1, 0, 1, 1], groups: 2,"
      " output_padding: [1, 0]}\n",
      Shape::map(4, 18, 14), 6 * 2 * 9 + 4}},
    {LayerOp::resize,
     {"  - {name: x, op: resize, size: [18, 20], interpolation: linear}\n", Shape::map(6, 18, 20), 0}},
    {LayerOp::input,
     {"  - {name: x, op: input, shape: [6, 9, 7], axis: 0}\n  - {name: s, op: add, from: [a, x]}\n",
      Shape::map(6, 9, 7), 0}},
    {LayerOp::batchnorm, {"  - {name: x, op: batchnorm, act: relu}\n", Shape::map(6, 9, 7), 12}},
    {LayerOp::groupnorm, {"  - {name: x, op: groupnorm, groups: 3}\n", Shape::map(6, 9, 7), 12}},
    {LayerOp::instancenorm, {"  - {name: x, op: instancenorm}\n", Shape::map(6, 9, 7), 12}},
    {LayerOp::activation, {"  - {name: x, op: activation, act: hard_swish}\n", Shape::map(6, 9, 7), 0}},
    {LayerOp::max_pool,
     {"  - {name: x, op: max_pool, kernel: 3, stride: 2, padding: 1, ceil: true}\n", Shape::map(6, 5, 4), 0}},
    {LayerOp::average_pool,
     {"  - {name: x, op: average_pool, kernel: 2, stride: 2, padding: valid}\n", Shape::map(6, 4, 3), 0}},
    {LayerOp::global_pool, {"  - {name: x, op: global_pool}\n", Shape::map(6, 1, 1), 0}},
    {LayerOp::reduce_mean, {"  - {name: x, op: reduce_mean, axes: [2, -2]}\n", Shape::map(6, 1, 1), 0}},
    {LayerOp::add,
     {"  - {name: g, op: global_pool}\n  - {name: x, op: add, from: [a, g], act: tanh}\n",
      Shape::map(6, 9, 7), 0}},
    {LayerOp::sub,
     {"  - {name: g, op: global_pool}\n  - {name: x, op: sub, from: [g, a]}\n", Shape::map(6, 9, 7), 0}},
    {LayerOp::mul,
     {"  - {name: g, op: reduce_mean, axes: [1]}\n  - {name: x, op: mul, from: [a, g]}\n",
      Shape::map(6, 9, 7), 0}},
    {LayerOp::div,
     {"  - {name: g, op: activation, act: exp}\n  - {name: x, op: div, from: [a, g]}\n", Shape::map(6, 9, 7),
      0}},
    {LayerOp::concat,
     {"  - {name: g, op: conv, out: 2}\n  - {name: x, op: concat, from: [a, g, a]}\n", Shape::map(14, 9, 7),
      0}},
    {LayerOp::slice,
     {"  - {name: x, op: slice, axis: 1, begin: 1, end: -1, step: 2}\n", Shape::map(6, 4, 7), 0}},
    {LayerOp::pad,
     {"  - {name: x, op: pad, padding: [1, 2, 3, 4], mode: reflect}\n", Shape::map(6, 13, 13), 0}},
    {LayerOp::transpose, {"  - {name: x, op: transpose, order: [0, 2, 1]}\n", Shape({6, 7, 9}, 2), 0}},
    {LayerOp::reshape, {"  - {name: x, op: reshape, shape: [-1, 9]}\n", Shape::tokens(42, 9), 0}},
    {LayerOp::flatten, {"  - {name: x, op: flatten}\n", Shape::vector(6 * 9 * 7), 0}},
    {LayerOp::positions,
     {"  - {name: x, op: positions, class_tokens: 2}\n", Shape::tokens(65, 6), 65 * 6 + 2 * 6}},
};

// A mixture of three experts, two a token, with `x` in each of its places.
const char* const kRouted =
    "  - {name: r, op: linear, out: 3}\n  - {name: x, op: top_k, top: 2, renormalise: true}\n"
    "  - {name: d, op: moe_dispatch, from: [a], routing: x}\n"
    "  - {name: c, op: moe_combine, from: [d, x], routing: x}\n";
const char* const kDispatched =
    "  - {name: r, op: linear, out: 3}\n  - {name: k, op: top_k, top: 2}\n"
    "  - {name: x, op: moe_dispatch, from: [a], routing: k}\n"
    "  - {name: c, op: moe_combine, from: [x, k], routing: k}\n";
const char* const kExperts =
    "  - {name: r, op: linear, out: 3}\n  - {name: k, op: top_k, top: 2, skew: 1}\n"
    "  - {name: d, op: moe_dispatch, from: [a], routing: k}\n"
    "  - {name: x, op: moe_experts, out: 7, routing: k, act: silu}\n"
    "  - {name: c, op: moe_combine, from: [x, k], routing: k}\n";
const char* const kCombined =
    "  - {name: r, op: linear, out: 3}\n  - {name: k, op: top_k, top: 2, renormalise: true}\n"
    "  - {name: d, op: moe_dispatch, from: [a], routing: k}\n"
    "  - {name: e, op: moe_experts, out: 7, routing: k}\n"
    "  - {name: x, op: moe_combine, from: [e, k], routing: k}\n";

/// Read a sequence of 5 tokens with 6 features.
const std::map<LayerOp, Sample> kOfTokens = {
    {LayerOp::linear, {"  - {name: x, op: linear, out: 9}\n", Shape::map(9, 5, 1), 63}},
    {LayerOp::matmul,
     {"  - {name: t, op: transpose, order: [1, 2, 0]}\n  - {name: x, op: matmul, from: [t, t], transpose_b: "
      "true}\n",
      Shape({5, 1, 1}, 2), 0}},
    {LayerOp::lstm, {"  - {name: x, op: lstm, out: 3}\n", Shape::tokens(5, 3), 4 * 3 * (6 + 3 + 2)}},
    {LayerOp::gru, {"  - {name: x, op: gru, out: 3}\n", Shape::tokens(5, 3), 3 * 3 * (6 + 3 + 2)}},
    {LayerOp::layernorm, {"  - {name: x, op: layernorm}\n", Shape::map(6, 5, 1), 12}},
    {LayerOp::rmsnorm, {"  - {name: x, op: rmsnorm}\n", Shape::map(6, 5, 1), 6}},
    {LayerOp::attention_scores,
     {"  - {name: q, op: linear, out: 12}\n  - {name: k, op: linear, from: [a], out: 6}\n"
      "  - {name: x, op: attention_scores, from: [q, k], heads: 4, kv_heads: 2, causal: true}\n",
      Shape({4, 5, 5}, 2), 0}},
    {LayerOp::attention_values,
     {"  - {name: qkv, op: linear, out: 24, split: 3}\n  - {name: s, op: attention_scores, heads: 2}\n"
      "  - {name: x, op: attention_values, from: [s, qkv]}\n",
      Shape::tokens(5, 8), 0}},
    {LayerOp::attention,
     {"  - {name: q, op: linear, out: 12}\n  - {name: k, op: linear, from: [a], out: 6}\n"
      "  - {name: v, op: linear, from: [a], out: 4}\n"
      "  - {name: x, op: attention, from: [q, k, v], heads: 4, kv_heads: 2, causal: true}\n",
      Shape::tokens(5, 8), 0}},
    {LayerOp::rotary, {"  - {name: x, op: rotary, heads: 3}\n", Shape::map(6, 5, 1), 0}},
    {LayerOp::top_k, {kRouted, Shape::tokens(5, 2), 0}},
    {LayerOp::moe_dispatch, {kDispatched, Shape::tokens(10, 6), 0}},
    {LayerOp::moe_experts, {kExperts, Shape::tokens(10, 7), 3 * 7 * 6}},
    {LayerOp::moe_combine, {kCombined, Shape::tokens(5, 7), 0}},
    {LayerOp::softmax, {"  - {name: x, op: softmax, axis: -1}\n", Shape::map(6, 5, 1), 0}},
    {LayerOp::split,
     {"  - {name: x, op: split, sizes: [2, 4]}\n  - {name: y, op: linear, from: ['x:1'], out: 2}\n",
      Shape::map(6, 5, 1), 0}},
    {LayerOp::select, {"  - {name: x, op: select, token: last}\n", Shape::vector(6), 0}},
};

NetworkConfig network_of(LayerOp op, const Sample& sample, bool map) {
  if (op == LayerOp::embedding)
    return parse("  - {name: x, op: embedding, entries: 7, out: 6}\n  - {name: z, op: linear, out: 3}\n",
                 "{channels: 1, height: 5, width: 1}");
  const std::string text = std::string(map ? kMap : kTokens) + sample.layers;
  return parse(text + "  - {name: flat, op: flatten}\n  - {name: z, op: linear, out: 3}\n",
               map ? kMapInput : kTokenInput);
}

std::vector<TrainingConfig> trainings() {
  std::vector<TrainingConfig> all(6);
  for (TrainingConfig& training : all) training.batch = 4;
  all[1].micro_batches = 2;
  all[1].precision.saved_activations = Precision::int8;
  all[2].recompute.mode = RecomputeMode::sqrt;
  all[3].quantisation_aware.emplace();
  all[4].bias_only = true;
  all[5].freeze.normalisation = true;
  all[5].optimizer.kind = OptimizerKind::adam;
  return all;
}

void check_step(const Network& network, const TrainingConfig& training) {
  const StepGraph graph = expand(network, training);
  std::set<TensorId> written;
  // Gradients that are accumulated come from the micro-batch before.
  for (const Tensor& tensor : graph.tensors)
    if (tensor.persistent || tensor.cls == TensorClass::input ||
        (training.micro_batches > 1 && tensor.cls == TensorClass::weight_gradient))
      written.insert(tensor.id);
  for (const Op& op : graph.ops) {
    INFO(op.name);
    CHECK(!op.actions.empty());
    std::set<TensorId> named;
    for (const Operand& operand : op.inputs) named.insert(operand.tensor);
    CHECK(named == std::set<TensorId>(op.reads.begin(), op.reads.end()));
    for (const TensorId id : op.reads) {
      INFO("reads " << graph.tensors[id].name);
      CHECK(written.count(id) == 1);
    }
    written.insert(op.writes.begin(), op.writes.end());
  }
  for (const Tensor& tensor : graph.tensors) {
    if (tensor.parts.empty()) continue;
    INFO(tensor.name);
    CHECK(tensor.elements() % elements_of(tensor.parts) == 0);
  }
  for (const LayerInfo& layer : graph.layers) {
    if (layer.trainable_parameters == 0) continue;
    INFO(layer.name);
    CHECK(has_op(graph, layer.name + "/update"));
  }
  if (training.recompute.mode == RecomputeMode::none && !training.bias_only)
    CHECK(graph.macs(Phase::forward) * training.micro_batches == network.forward_macs() * training.batch);
}

void check_kind(LayerOp op, const Sample& sample, bool map) {
  INFO("op: " << config::enum_name(op));
  const Network network = build_network(network_of(op, sample, map));
  const Layer& layer = network.layers[network.find("x", "")];
  CHECK(layer.out == sample.output);
  CHECK(layer.parameters() == sample.parameters);
  for (const TrainingConfig& training : trainings()) check_step(network, training);
}

}  // namespace

TEST_CASE("every kind of layer has shapes, parameters and a step") {
  std::map<LayerOp, bool> seen;
  for (const auto& [op, sample] : kOfMaps) {
    check_kind(op, sample, true);
    seen[op] = true;
  }
  for (const auto& [op, sample] : kOfTokens) {
    check_kind(op, sample, false);
    seen[op] = true;
  }
  check_kind(LayerOp::embedding, {"", Shape::tokens(5, 6), 42}, false);
  seen[LayerOp::embedding] = true;
  for (const auto& name : enum_names(static_cast<const LayerOp*>(nullptr))) {
    INFO("add a sample of op: " << name.name);
    CHECK(seen.count(name.value) == 1);
  }
}

TEST_CASE("an error reaches every trained layer through every kind") {
  for (const auto& [map, samples] : {std::pair{true, &kOfMaps}, {false, &kOfTokens}}) {
    for (const auto& [op, sample] : *samples) {
      INFO("op: " << config::enum_name(op));
      TrainingConfig training;
      const StepGraph graph = build_step(network_of(op, sample, map), training);
      CHECK(has_op(graph, "a/wgrad"));
      CHECK(has_op(graph, "z/wgrad"));
    }
  }
}

TEST_CASE("a second operand is learned, or a number, or another layer") {
  const StepGraph graph = build_step(parse(R"(
  - {name: a, op: conv, out: 6, kernel: 3}
  - {name: scaled, op: mul, operand: [6, 1, 1]}
  - {name: moved, op: add, operand: [16, 16], act: relu}
  - {name: half, op: div, value: 2}
  - {name: mask, op: add, operand: [16, 16], trained: false}
)"),
                                     {});
  CHECK(reads(graph, "scaled/forward", "scaled.weight"));
  CHECK(reads(graph, "scaled/wgrad", "a"));
  CHECK(reads(graph, "scaled/dgrad", "scaled.weight"));
  CHECK(find_tensor(graph, "scaled.gradient").elements() == 6);
  CHECK(find_tensor(graph, "moved.gradient").elements() == 256);
  CHECK(std::get<Combine>(find_op(graph, "half/forward").actions[0].operation).value == 2);
  CHECK_FALSE(has_op(graph, "mask/wgrad"));
  CHECK_FALSE(has_op(graph, "mask/update"));
  CHECK(graph.parameters() == 6 * 3 * 9 + 6 + 6 + 2 * 256);
  CHECK(graph.trainable_parameters() == 6 * 3 * 9 + 6 + 6 + 256);
}

TEST_CASE("a transposed convolution multiplies as often as the convolution back") {
  const Network network =
      build_network(parse("  - {name: x, op: conv_transpose, out: 4, kernel: 3, stride: 2, padding: 1, "
                          "output_padding: [1, 1]}\n"));
  const Layer& layer = network.layers[0];
  CHECK(layer.out == Shape::map(4, 32, 32));
  CHECK(layer.macs == 16 * 16 * 3 * 4 * 9);
  const StepGraph graph = expand(network, {});
  CHECK(find_op(graph, "x/wgrad").gemm.macs() == find_op(graph, "x/forward").gemm.macs());
  CHECK(find_op(graph, "x/forward").actions[0].elements == 8 * 16 * 16 * 4 * 9);
}

TEST_CASE("losses on several layers all send an error back") {
  const NetworkConfig config = [] {
    NetworkConfig made = parse(R"(
  - {name: a, op: conv, out: 6, kernel: 3, act: relu}
  - {name: small, op: conv, out: 2}
  - {name: down, op: conv, from: [a], out: 8, kernel: 3, stride: 2}
  - {name: parts, op: split, sizes: [3, 5]}
)");
    made.outputs = {"small", "parts:1", "a"};
    return made;
  }();
  const StepGraph graph = build_step(config, {});
  for (const char* layer : {"small", "parts", "a"}) CHECK(has_op(graph, std::string(layer) + "/loss"));
  CHECK(find_op(graph, "parts/loss").vector.elements == 8 * 5 * 8 * 8);
  CHECK(has_op(graph, "a/wgrad"));
  NetworkConfig twice = config;
  twice.outputs = {"small", "small"};
  CHECK_THAT(config_error([&] { build_network(twice); }), Contains("outputs") && Contains("twice"));
  for (const char* part : {"small:0", "parts:1"}) {
    twice.outputs = {"small", "parts", part};
    CHECK_THAT(config_error([&] { build_network(twice); }), Contains(part) && Contains("twice"));
  }
  twice.outputs = {"parts", "smal"};
  CHECK_THAT(config_error([&] { build_network(twice); }), Contains("did you mean 'small'?"));
}

TEST_CASE("states in front of a recurrence are read, and no error goes to them") {
  const StepGraph graph = build_step(parse(R"(
  - {name: h, op: input, shape: [6]}
  - {name: prepared, op: linear, out: 6}
  - {name: l, op: lstm, from: [input, prepared, h], out: 6, reverse: true, bias: false}
)",
                                           "{channels: 3, height: 5, width: 1}"),
                                     {});
  CHECK(reads(graph, "l/recurrent", "prepared"));
  CHECK(reads(graph, "l/recurrent_wgrad", "prepared"));
  CHECK_FALSE(has_op(graph, "prepared/wgrad"));
  CHECK(find_tensor(graph, "l.gradient").elements() == 4 * 6 * (3 + 6));
}

TEST_CASE("windows over volumes have a depth of their own, of the rows and columns where nothing is said") {
  const auto network = [](const std::string& lines, const char* input) {
    return build_network(parse(lines, input));
  };
  const char* const volume = "{channels: 3, depth: 8, height: 10, width: 12}";
  const auto conv = [&](const std::string& keys) {
    return network("  - {name: a, op: conv, out: 5, bias: false, " + keys + "}\n", volume).layers[0];
  };
  const auto shape = [](std::int64_t d, std::int64_t h, std::int64_t w) { return Shape({5, d, h, w}, 0); };
  CHECK(conv("kernel: 3").out == shape(8, 10, 12));
  CHECK(conv("kernel: 3").parameters() == 5 * 3 * 27);
  CHECK(conv("kernel: 3").macs == 8 * 10 * 12 * 5 * 3 * 27);
  CHECK(conv("kernel: 3, kernel_d: 1, stride: 2, stride_d: 1").out == shape(8, 5, 6));
  CHECK(conv("kernel: 3, kernel_d: 1, stride: 2, stride_d: 1").macs == 8 * 5 * 6 * 5 * 3 * 9);
  CHECK(conv("kernel: 3, padding: 1, padding_d: [0]").out == shape(6, 10, 12));
  CHECK(conv("kernel: 3, padding: 1, padding_d: [0, 1]").out == shape(7, 10, 12));
  CHECK(conv("kernel: 1, kernel_d: 3, dilation_d: 3, padding: valid").out == shape(2, 10, 12));
  const Network pools =
      network("  - {name: p, op: max_pool, kernel: 2, stride: 2}\n  - {name: g, op: global_pool}\n", volume);
  CHECK(pools.layers[0].out == Shape({3, 4, 5, 6}, 0));
  CHECK(pools.layers[1].out == Shape({3, 1, 1, 1}, 0));
  const auto refusal = [&](const std::string& lines, const char* input) {
    return config_error([&] { network(lines, input); });
  };
  CHECK_THAT(refusal("  - {name: a, op: conv, out: 5, kernel_d: 3}\n", "{channels: 3, height: 8, width: 8}"),
             contains("kernel_d") && contains("has none"));
  CHECK_THAT(refusal("  - {name: a, op: conv, out: 5, kernel: 3, padding: [0, 1]}\n", volume),
             contains("padding_d") && contains("is needed"));
  CHECK_THAT(refusal("  - {name: a, op: conv, out: 5, kernel: 3, kernel_d: 9, padding: valid}\n", volume),
             contains("kernel 9 is larger than its input of 8"));
  CHECK_THAT(refusal("  - {name: a, op: conv_transpose, out: 5, kernel: 2}\n", volume), contains("volume"));
}

TEST_CASE("windows: padding at each edge, dilation, a last window over the edge") {
  const auto window = [](const std::string& keys) {
    const Network network = build_network(
        parse("  - {name: a, op: max_pool, " + keys + "}\n", "{channels: 1, height: 10, width: 11}"));
    return std::get<Pool>(network.layers[0].operation).window;
  };
  ConvShape w = window("kernel: 3, stride: 2");  // same: 5 and 6 outputs; the odd row is at the end
  CHECK((w.out_h == 5 && w.out_w == 6));
  CHECK((w.pad_top == 0 && w.pad_bottom == 1 && w.pad_left == 1 && w.pad_right == 1));
  w = window("kernel: 3, stride: 2, padding: [0, 1]");
  CHECK((w.out_h == 4 && w.out_w == 6));  // floor((10 - 3) / 2) + 1, floor((11 + 2 - 3) / 2) + 1
  w = window("kernel: 3, stride: 2, padding: [0, 1], ceil: true");
  CHECK((w.out_h == 5 && w.out_w == 6));
  w = window("kernel: 2, stride: 3, padding: 1, ceil: true");
  CHECK((w.out_h == 4 && w.out_w == 4));  // a fifth column would begin behind the input
  const Network dilated =
      build_network(parse("  - {name: a, op: conv, out: 2, kernel: 3, dilation: 2, padding: valid}\n",
                          "{channels: 1, height: 10, width: 11}"));
  CHECK(dilated.layers[0].out == Shape::map(2, 6, 7));
  CHECK(dilated.layers[0].macs == 2 * 9 * 6 * 7);
}

TEST_CASE("an operation of the step says what it computes, on what, and in which role") {
  const StepGraph graph = build_step(residual_network(), {});
  const Op& wgrad = find_op(graph, "down/wgrad");
  const auto role_of = [&](const std::vector<Operand>& operands, Role role) {
    for (const Operand& operand : operands)
      if (operand.role == role) return graph.tensors[operand.tensor].name;
    return std::string("none");
  };
  CHECK(wgrad.actions[0].derivative == Derivative::parameters);
  const Convolution& conv = std::get<Convolution>(wgrad.actions[0].operation);
  CHECK((conv.window.stride_h == 2 && conv.window.pad_top == 0 && conv.window.pad_bottom == 1));
  CHECK(role_of(wgrad.inputs, Role::data) == "add");
  CHECK(role_of(wgrad.inputs, Role::error) == "down.error_before_norm");
  CHECK(role_of(wgrad.inputs, Role::sums) == "down.norm_sums");
  CHECK(role_of(wgrad.outputs, Role::gradient) == "down.gradient");
  const Parts expected = {
      {PartKind::weight, {16, 8, 3, 3}, 0}, {PartKind::scale, {16}, 1152}, {PartKind::shift, {16}, 1168}};
  CHECK(find_tensor(graph, "down.gradient").parts == expected);
  CHECK(find_tensor(graph, "down.weight").parts == expected);
  CHECK(find_tensor(graph, "down").shape == Shape::map(16, 8, 8));
  CHECK(find_tensor(graph, "down.mask").element == ElementKind::mask);
  CHECK(find_tensor(graph, "input").element == ElementKind::number);
  CHECK(find_tensor(build_step(transformer(), {}), "input").element == ElementKind::index);

  const Op& forward = find_op(graph, "fc/forward");
  CHECK(std::holds_alternative<Dense>(forward.actions[0].operation));
  CHECK(std::holds_alternative<AddBias>(forward.actions[1].operation));
  const Op& loss = find_op(graph, "fc/loss");
  CHECK(std::get<Loss>(loss.actions[0].operation).kind == LossKind::cross_entropy);
  CHECK(role_of(loss.outputs, Role::input_error) == "fc.error");
}

TEST_CASE("keys and values of fewer heads are read once and their errors are as small") {
  const NetworkConfig config = parse(R"(
  - {name: q, op: linear, out: 16}
  - {name: k, op: linear, from: [input], out: 4}
  - {name: v, op: linear, from: [input], out: 4}
  - {name: s, op: attention_scores, from: [q, k], heads: 4, kv_heads: 1}
  - {name: o, op: attention_values, from: [s, v]}
)",
                                     "{channels: 16, height: 6, width: 1}");
  TrainingConfig training;
  training.batch = 2;
  const StepGraph graph = build_step(config, training);
  CHECK(find_op(graph, "s/forward").gemm.repeats == 8);
  CHECK(find_op(graph, "s/dgrad_k").gemm.macs() == find_op(graph, "s/forward").gemm.macs());
  CHECK(find_tensor(graph, "k.error").elements() == 2 * 6 * 4);
  CHECK(find_tensor(graph, "o").shape == Shape::tokens(6, 16));
}

TEST_CASE("an output of several is read by its number; the others need no reader") {
  const StepGraph graph = build_step(parse(R"(
  - {name: a, op: conv, out: 6}
  - {name: x, op: split, sizes: [1, 2, 3]}
  - {name: b, op: conv, from: ['x:2'], out: 2}
  - {name: c, op: conv, from: ['x:0'], out: 2}
  - {name: s, op: add, from: [b, c]}
)"),
                                     {});
  CHECK(reads(graph, "b/forward", "x.2"));
  CHECK(reads(graph, "x/dgrad", "x.error0"));
  CHECK(reads(graph, "x/dgrad", "x.error2"));
  CHECK(find_op(graph, "x/dgrad").reads.size() == 2);
  CHECK(writes(graph, "x/dgrad", "a.error"));
}

TEST_CASE("views move nothing") {
  const StepGraph graph = build_step(parse(R"(
  - {name: a, op: conv, out: 6, kernel: 3}
  - {name: last, op: transpose, order: [1, 2, 0]}
  - {name: rows, op: reshape, shape: [256, 6]}
  - {name: b, op: linear, out: 2}
)"),
                                     {});
  CHECK_FALSE(has_op(graph, "last/forward"));
  CHECK_FALSE(has_op(graph, "rows/forward"));
  CHECK(reads(graph, "b/forward", "a"));
  CHECK(writes(graph, "b/dgrad", "rows.error"));
  const StepGraph merged = build_step(parse(R"(
  - {name: a, op: conv, out: 6, kernel: 3}
  - {name: pixels, op: reshape, shape: [6, 256], axis: 0}
  - {name: tokens, op: transpose, order: [1, 0]}
  - {name: b, op: linear, out: 2}
)"),
                                      {});
  CHECK_FALSE(has_op(merged, "pixels/forward"));
  CHECK(reads(merged, "b/forward", "a"));
  CHECK(reads(graph, "a/wgrad", "rows.error"));
}

TEST_CASE("errors of shapes name the layer, its line, what was expected and what was found") {
  const auto error = [](const std::string& layers, const std::string& input = kMapInput) {
    return config_error([&] { build_network(parse(layers, input)); });
  };
  CHECK_THAT(
      error("  - {name: a, op: conv, out: 2}\n  - {name: b, op: conv, from: [input], out: 2, stride: 2}\n"
            "  - {name: c, op: concat, from: [a, b]}\n"),
      Contains("test.yaml:7") && Contains("layers.c.from") && Contains("2x9x7 and 2x5x4"));
  CHECK_THAT(error("  - {name: a, op: slice, axis: 1, begin: 4, end: 12}\n"),
             Contains("4 to 12 of an axis of 9") && Contains("end <= 9"));
  CHECK_THAT(error("  - {name: a, op: reshape, shape: [5, -1]}\n"), Contains("[5, -1]") && Contains("3x9x7"));
  CHECK_THAT(error("  - {name: a, op: transpose, order: [0, 0, 1]}\n"), Contains("each axis of 3x9x7 once"));
  CHECK_THAT(error("  - {name: a, op: softmax, axis: 3}\n"), Contains("no axis of a value of 3x9x7"));
  CHECK_THAT(error("  - {name: a, op: split, sizes: [1, 1]}\n"), Contains("add up to 2, expected 3"));
  CHECK_THAT(error("  - {name: a, op: split, split: 3}\n  - {name: b, op: conv, from: ['a:3'], out: 2}\n"),
             Contains("outputs 0 to 2"));
  CHECK_THAT(error("  - {name: a, op: pad, padding: 9, mode: reflect}\n"), Contains("more than it has"));
  CHECK_THAT(error("  - {name: a, op: groupnorm, groups: 2}\n"), Contains("2 does not divide 3 channels"));
  CHECK_THAT(error("  - {name: a, op: matmul, from: [input, input]}\n"), Contains("7 columns and 9 rows"));
  CHECK_THAT(error("  - {name: a, op: conv, out: 2, padding: [1, 2, 3]}\n"),
             Contains("a list of 3") && Contains("[top, left, bottom, right]"));
  CHECK_THAT(error("  - {name: a, op: conv, out: 2, ceil: true}\n"), Contains("no meaning for op: conv"));
}
