// SPDX-License-Identifier: MIT
// Gradients of every operation against differences of the loss.
#include "support/catch.h"
#include "unit/learning/steps.h"

using namespace kiln;
using namespace kiln::learning;

namespace {

/// A mixture of experts beside which its input goes on.
const std::string kMixture =
    "  - {name: a, op: linear, out: 6, act: tanh}\n  - {name: r, op: linear, out: 4, bias: false}\n"
    "  - {name: p, op: softmax}\n  - {name: k, op: top_k, top: 2}\n"
    "  - {name: d, op: moe_dispatch, from: [a], routing: k}\n"
    "  - {name: g, op: moe_experts, out: 5, routing: k, act: silu}\n"
    "  - {name: u, op: moe_experts, from: [d], out: 5, routing: k}\n  - {name: m, op: mul, from: [g, u]}\n"
    "  - {name: w, op: moe_experts, out: 6, routing: k}\n"
    "  - {name: c, op: moe_combine, from: [w, k], routing: k}\n  - {name: s, op: add, from: [c, a]}\n";

struct Sample {
  const char* name;
  std::string layers;
  const char* input;
  std::int64_t entries = 0;
};

constexpr const char* kMap = "{channels: 3, height: 8, width: 7}";
constexpr const char* kVolume = "{channels: 3, depth: 4, height: 6, width: 5}";
constexpr const char* kWide = "{channels: 8, height: 6, width: 6}";
constexpr const char* kSequence = "{channels: 6, height: 5, width: 1}";
constexpr const char* kTokens = "{channels: 1, height: 6, width: 1}";

// Smooth functions where a difference is taken across them: relu and max have kinks.
const Sample kSamples[] = {
    {"convolution with stride, dilation and uneven padding",
     "  - {name: a, op: conv, out: 4, kernel: 3, stride: 2, padding: [0, 1, 2, 1], act: tanh}\n"
     "  - {name: b, op: conv, out: 6, kernel: 3, dilation: 2, act: gelu}\n"
     "  - {name: z, op: linear, out: 3}\n",
     kMap},
    {"groups and depthwise",
     "  - {name: a, op: conv, out: 8, kernel: 3, groups: 4, act: silu}\n"
     "  - {name: b, op: depthwise, kernel: 5, stride: 2, act: hard_swish}\n"
     "  - {name: g, op: global_pool}\n  - {name: z, op: linear, out: 3}\n",
     kWide},
    {"batch norm behind a product and alone",
     "  - {name: a, op: conv, out: 4, kernel: 3, norm: batch, act: sigmoid}\n"
     "  - {name: b, op: batchnorm, act: tanh}\n  - {name: c, op: depthwise, kernel: 3, norm: batch}\n"
     "  - {name: g, op: global_pool}\n  - {name: z, op: linear, out: 3}\n",
     kMap},
    {"average pools, with and without counting the padding",
     "  - {name: a, op: conv, out: 4, act: tanh}\n"
     "  - {name: p, op: average_pool, kernel: 3, stride: 2, padding: 1}\n"
     "  - {name: q, op: average_pool, kernel: 2, stride: 2, padding: 1, count_padding: true}\n"
     "  - {name: z, op: linear, out: 3}\n",
     kMap},
    {"max pool and relu",
     "  - {name: a, op: conv, out: 4, kernel: 3, act: relu}\n  - {name: p, op: max_pool, kernel: 2, stride: "
     "2}\n"
     "  - {name: b, op: conv, out: 5, act: relu6}\n  - {name: c, op: conv, out: 5, act: leaky_relu}\n"
     "  - {name: d, op: conv, out: 5, act: hard_sigmoid}\n  - {name: z, op: linear, out: 3}\n",
     kMap},
    {"convolutions over a volume, one with a kernel deeper than what is left of it",
     "  - {name: a, op: conv, out: 4, kernel: 3, kernel_d: 2, stride: 2, stride_d: 1, padding: 1, padding_d: "
     "[1, 0], "
     "norm: batch, act: tanh}\n"
     "  - {name: b, op: conv, out: 6, kernel: 1, kernel_d: 3, dilation_d: 2, groups: 2, act: gelu}\n"
     "  - {name: c, op: depthwise, kernel: 3, stride: 2, stride_d: 4, act: silu}\n"
     "  - {name: d, op: conv, out: 5, kernel: 3, act: tanh}\n"
     "  - {name: g, op: global_pool}\n  - {name: z, op: linear, out: 3}\n",
     kVolume},
    {"pools over a volume, and dilated ones",
     "  - {name: a, op: conv, out: 4, act: tanh}\n"
     "  - {name: p, op: average_pool, kernel: 2, kernel_d: 3, stride: 1, stride_d: 2, padding: 1}\n"
     "  - {name: q, op: average_pool, kernel: 2, kernel_d: 1, dilation: 2, padding: valid}\n"
     "  - {name: m, op: max_pool, kernel: 2, dilation: 2, dilation_d: 1, padding: valid}\n"
     "  - {name: z, op: linear, out: 3}\n",
     kVolume},
    {"what combines values",
     "  - {name: a, op: conv, out: 4, act: sigmoid}\n  - {name: b, op: conv, out: 4, from: [input], act: "
     "sigmoid}\n"
     "  - {name: s, op: sub, from: [a, b]}\n  - {name: m, op: mul, from: [s, a]}\n"
     "  - {name: d, op: div, from: [m, b]}\n  - {name: g, op: global_pool, from: [a]}\n"
     "  - {name: gate, op: conv, out: 4, act: sigmoid}\n  - {name: e, op: mul, from: [d, gate]}\n"
     "  - {name: t, op: add, from: [e, a, b]}\n  - {name: z, op: linear, out: 3}\n",
     kMap},
    {"what moves values",
     "  - {name: a, op: conv, out: 4, act: tanh}\n  - {name: p, op: pad, padding: [1, 2, 1, 0], mode: "
     "reflect}\n"
     "  - {name: q, op: pad, padding: [1, 0, 0, 1], mode: edge}\n  - {name: r, op: pad, padding: 1}\n"
     "  - {name: s, op: slice, axis: 1, begin: 1, end: 9, step: 2}\n"
     "  - {name: u, op: split, axis: 0, split: 2}\n  - {name: c, op: concat, axis: 0, from: [\"u:1\", "
     "\"u:0\", \"u:1\"]}\n"
     "  - {name: w, op: transpose, order: [1, 0, 2]}\n  - {name: v, op: reshape, shape: [6, -1]}\n"
     "  - {name: z, op: linear, out: 3}\n",
     kMap},
    {"mean over axes, exponential and logarithm",
     "  - {name: a, op: conv, out: 4, act: sigmoid}\n  - {name: l, op: activation, act: log}\n"
     "  - {name: e, op: activation, act: exp}\n  - {name: r, op: activation, act: sqrt}\n"
     "  - {name: m, op: reduce_mean, axes: [1]}\n  - {name: z, op: linear, out: 3}\n",
     kMap},
    {"norms of samples",
     "  - {name: a, op: conv, out: 4, act: tanh}\n  - {name: g, op: groupnorm, groups: 2}\n"
     "  - {name: b, op: conv, out: 4, act: tanh}\n  - {name: i, op: instancenorm}\n"
     "  - {name: l, op: layernorm}\n  - {name: c, op: conv, out: 4}\n  - {name: r, op: rmsnorm}\n"
     "  - {name: z, op: linear, out: 3}\n",
     kMap},
    {"attention with shared keys, positions and class tokens",
     "  - {name: e, op: linear, out: 8, act: tanh}\n  - {name: p, op: positions, class_tokens: 1}\n"
     "  - {name: q, op: linear, out: 8}\n  - {name: k, op: linear, out: 4, from: [p]}\n"
     "  - {name: v, op: linear, out: 4, from: [p]}\n"
     "  - {name: s, op: attention_scores, heads: 4, kv_heads: 2, from: [q, k]}\n"
     "  - {name: w, op: attention_values, from: [s, v]}\n  - {name: t, op: add, from: [w, p]}\n"
     "  - {name: first, op: select, token: first}\n  - {name: z, op: linear, out: 3}\n",
     kSequence},
    {"causal attention on one split layer, embedding with a tied head",
     "  - {name: table, op: embedding, entries: 9, out: 8}\n  - {name: p, op: positions, entries: 17}\n"
     "  - {name: qkv, op: linear, out: 24, split: 3}\n  - {name: s, op: attention_scores, heads: 2, causal: "
     "true}\n"
     "  - {name: w, op: attention_values, from: [s, qkv]}\n  - {name: n, op: layernorm}\n"
     "  - {name: z, op: linear, out: 9, tied: table, bias: false}\n",
     kTokens, 9},
    {"rotary positions, whole heads and a part of them, and a gated product",
     "  - {name: e, op: linear, out: 8, act: tanh}\n  - {name: q, op: linear, out: 8}\n"
     "  - {name: k, op: linear, out: 4, from: [e]}\n  - {name: v, op: linear, out: 4, from: [e]}\n"
     "  - {name: rq, op: rotary, heads: 2, from: [q]}\n  - {name: rk, op: rotary, from: [k], turned: 2}\n"
     "  - {name: s, op: attention_scores, heads: 2, kv_heads: 1, causal: true, from: [rq, rk]}\n"
     "  - {name: w, op: attention_values, from: [s, v]}\n  - {name: g, op: linear, out: 6, act: silu}\n"
     "  - {name: u, op: linear, out: 6, from: [w]}\n  - {name: m, op: mul, from: [g, u]}\n"
     "  - {name: z, op: linear, out: 3}\n",
     kSequence},
    {"a mixture of experts, its weights as they are and normalised",
     kMixture +
         "  - {name: r2, op: linear, out: 3}\n  - {name: p2, op: softmax}\n"
         "  - {name: k2, op: top_k, top: 2, renormalise: true, skew: 1}\n"
         "  - {name: d2, op: moe_dispatch, from: [s], routing: k2}\n"
         "  - {name: e2, op: moe_experts, out: 6, routing: k2, act: tanh}\n"
         "  - {name: c2, op: moe_combine, from: [e2, k2], routing: k2}\n  - {name: z, op: linear, out: 3}\n",
     kSequence},
    // r5: weights are drawn by name, and with these no choice changes along the way.
    {"experts with room for fewer rows than they get",
     "  - {name: a, op: linear, out: 6, act: tanh}\n  - {name: r5, op: linear, out: 4, bias: false}\n"
     "  - {name: p, op: softmax}\n"
     "  - {name: k, op: top_k, top: 2, renormalise: true, capacity_factor: 0.7}\n"
     "  - {name: d, op: moe_dispatch, from: [a], routing: k}\n"
     "  - {name: g, op: moe_experts, out: 5, routing: k, act: silu}\n"
     "  - {name: w, op: moe_experts, out: 6, routing: k}\n"
     "  - {name: c, op: moe_combine, from: [w, k], routing: k}\n  - {name: s, op: add, from: [c, a]}\n"
     "  - {name: z, op: linear, out: 3}\n",
     kSequence},
    {"experts with room to spare, whose empty rows are no zeros behind the activation",
     "  - {name: a, op: linear, out: 6, act: tanh}\n  - {name: r, op: linear, out: 4, bias: false}\n"
     "  - {name: p, op: softmax}\n"
     "  - {name: k, op: top_k, top: 2, renormalise: true, capacity_factor: 2}\n"
     "  - {name: d, op: moe_dispatch, from: [a], routing: k}\n"
     "  - {name: g, op: moe_experts, out: 5, routing: k, act: sigmoid}\n"
     "  - {name: w, op: moe_experts, out: 6, routing: k}\n"
     "  - {name: c, op: moe_combine, from: [w, k], routing: k}\n  - {name: s, op: add, from: [c, a]}\n"
     "  - {name: z, op: linear, out: 3}\n",
     kSequence},
    {"tiled attention with shared keys, causal, and on one split layer",
     "  - {name: e, op: linear, out: 8, act: tanh}\n  - {name: q, op: linear, out: 8}\n"
     "  - {name: k, op: linear, out: 4, from: [e]}\n  - {name: v, op: linear, out: 6, from: [e]}\n"
     "  - {name: w, op: attention, heads: 4, kv_heads: 2, causal: true, from: [q, k, v]}\n"
     "  - {name: qkv, op: linear, out: 36, split: 3}\n  - {name: x, op: attention, heads: 2}\n"
     "  - {name: t, op: add, from: [x, w]}\n  - {name: z, op: linear, out: 3}\n",
     kSequence},
    {"attention within a window, scores kept and formed once more, keys shared and one split layer",
     "  - {name: e, op: linear, out: 8, act: tanh}\n  - {name: q, op: linear, out: 8}\n"
     "  - {name: k, op: linear, out: 4, from: [e]}\n  - {name: v, op: linear, out: 6, from: [e]}\n"
     "  - {name: s, op: attention_scores, heads: 4, kv_heads: 2, causal: true, window: 3, from: [q, k]}\n"
     "  - {name: w, op: attention_values, from: [s, v]}\n"
     "  - {name: x, op: attention, heads: 4, kv_heads: 2, causal: true, window: 2, from: [q, k, v]}\n"
     "  - {name: m, op: add, from: [w, x]}\n  - {name: qkv, op: linear, out: 36, split: 3}\n"
     "  - {name: t, op: attention_scores, heads: 2, causal: true, window: 1}\n"
     "  - {name: y, op: attention_values, from: [t, qkv]}\n  - {name: z, op: linear, out: 3}\n",
     kSequence},
    {"matrix products and softmax",
     "  - {name: a, op: linear, out: 4, act: tanh}\n  - {name: b, op: linear, out: 4, from: [input], act: "
     "tanh}\n"
     "  - {name: m, op: matmul, from: [a, b], transpose_b: true}\n  - {name: s, op: softmax}\n"
     "  - {name: n, op: matmul, from: [s, b]}\n  - {name: t, op: matmul, from: [n, a], transpose_a: true}\n"
     "  - {name: z, op: linear, out: 3}\n",
     kSequence},
    {"transposed convolution, resizing, operands of a layer's own",
     "  - {name: a, op: conv, out: 4, kernel: 3, act: tanh}\n"
     "  - {name: u, op: conv_transpose, out: 6, kernel: 3, stride: 2, padding: [1, 0, 1, 1], groups: 2, "
     "output_padding: [1, 0], bias: true, act: softplus}\n"
     "  - {name: v, op: conv_transpose, out: 4, kernel: 2, stride: 2, norm: batch, act: mish}\n"
     "  - {name: r, op: resize, size: [9, 11], interpolation: linear}\n"
     "  - {name: n, op: resize, size: [12, 8]}\n"
     "  - {name: m, op: mul, operand: [4, 1, 1]}\n  - {name: s, op: sub, operand: [12, 8]}\n"
     "  - {name: e, op: activation, act: elu}\n  - {name: p, op: add, value: 3}\n"
     "  - {name: d, op: div, operand: [4, 12, 1]}\n  - {name: i, op: activation, act: reciprocal}\n"
     "  - {name: q, op: activation, act: square}\n  - {name: o, op: activation, act: erf}\n"
     "  - {name: w, op: activation, act: sin}\n  - {name: x, op: activation, act: cos}\n"
     "  - {name: y, op: mul, value: -0.5, act: abs}\n  - {name: z, op: linear, out: 3}\n",
     kMap},
    {"lstm",
     "  - {name: l, op: lstm, out: 5}\n  - {name: h, op: select, token: last}\n  - {name: z, op: linear, "
     "out: 3}\n",
     kSequence},
    {"gru",
     "  - {name: l, op: gru, out: 5}\n  - {name: m, op: gru, out: 4}\n  - {name: z, op: linear, out: 3}\n",
     kSequence},
    {"recurrences from the end, without biases",
     "  - {name: l, op: lstm, out: 5, reverse: true}\n  - {name: m, op: gru, from: [input], out: 4, reverse: "
     "true, "
     "bias: false}\n  - {name: c, op: concat, axis: -1, from: [l, m]}\n  - {name: h, op: select, token: "
     "first}\n"
     "  - {name: z, op: linear, out: 3}\n",
     kSequence},
};

/// The loss when `values` move along `direction`, weights otherwise as they are.
double loss_along(Trained& trained, std::span<float> values, const std::vector<float>& direction,
                  double length) {
  const std::vector<float> before(values.begin(), values.end());
  for (std::size_t i = 0; i < values.size(); ++i)
    values[i] = before[i] + static_cast<float>(length * direction[i]);
  for (const workload::Tensor& tensor : trained.graph.tensors) trained.executor.tensors().touch(tensor.id);
  const double loss = trained.step(0, 0).loss.mean();
  std::copy(before.begin(), before.end(), values.begin());
  return loss;
}

void check_gradients(Trained& trained) {
  trained.step(0, 0);
  int checked = 0;
  for (const workload::Tensor& tensor : trained.graph.tensors) {
    if (tensor.cls != workload::TensorClass::weight_gradient) continue;
    const std::string layer = tensor.name.substr(0, tensor.name.rfind('.'));
    const bool extra = find_tensor(trained.graph, layer + ".trained") != workload::kNone;
    const std::span<float> weights = trained.values(layer + (extra ? ".trained" : ".weight"));
    trained.step(0, 0);
    const std::span<float> found = trained.executor.tensors().of(tensor.id, 0);
    const std::vector<float> gradient(found.begin(), found.end());
    for (int seed = 0; seed < 3; ++seed) {
      std::vector<float> direction(gradient.size());
      for (std::size_t i = 0; i < direction.size(); ++i)
        direction[i] = seed == 0 ? gradient[i] / static_cast<float>(norm(gradient) + 1e-12)
                                 : value_at(static_cast<std::int64_t>(i), seed) /
                                       std::sqrt(static_cast<float>(direction.size()));
      double slope = 0;
      for (std::size_t i = 0; i < direction.size(); ++i) slope += double{gradient[i]} * direction[i];
      constexpr double kLength = 2e-3;
      const double difference = (loss_along(trained, weights, direction, kLength) -
                                 loss_along(trained, weights, direction, -kLength)) /
                                (2 * kLength);
      INFO(tensor.name << ", direction " << seed << ", norm " << norm(gradient));
      CHECK_THAT(difference, Catch::Matchers::WithinAbs(slope, 2e-4 + 0.01 * std::abs(slope)));
      ++checked;
    }
  }
  CHECK(checked > 0);
}

}  // namespace

TEST_CASE("gradients of every operation are the slopes of the loss") {
  for (const Sample& sample : kSamples) {
    INFO(sample.name);
    for (const int workers : {1, 3}) {
      for (const char* loss : {"cross_entropy", "mean_squared_error"}) {
        INFO(workers << " workers, " << loss);
        workload::TrainingConfig training = fp32_training(6);
        training.norm_statistics = workload::NormStatistics::synchronised;
        Trained trained(parse_network(sample.layers, sample.input, loss), training, workers, sample.entries);
        check_gradients(trained);
      }
    }
  }
}

TEST_CASE("gradients hold under micro-batches, recomputation and statistics of each worker") {
  const Sample& sample = kSamples[2];
  for (const auto mode : {workload::RecomputeMode::none, workload::RecomputeMode::sqrt}) {
    workload::TrainingConfig training = fp32_training(12);
    training.micro_batches = 2;
    training.recompute.mode = mode;
    Trained trained(parse_network(sample.layers, sample.input), training, 2);
    check_gradients(trained);
  }
}

namespace {

/// The outer factors begin at 0, where the inner ones have no gradient.
void move_factors(Trained& trained) {
  for (const workload::Tensor& tensor : trained.graph.tensors)
    if (tensor.name.ends_with(".trained"))
      for (std::size_t i = 0; float& value : trained.executor.tensors().all(tensor.id))
        value += 0.3f * value_at(static_cast<std::int64_t>(i++), 3);
}

}  // namespace

TEST_CASE("gradients of each expert's low-rank factors are the slopes of the loss") {
  const std::string layers = kMixture + "  - {name: z, op: linear, out: 3}\n";
  // Ranks of 3, 5 and 6 are as wide as outputs or inputs of a layer.
  for (const std::int32_t rank : {2, 3, 5, 6})
    for (const int micro_batches : {1, 2}) {
      INFO("rank " << rank << ", " << micro_batches << " micro-batches");
      workload::TrainingConfig training = fp32_training(4 * micro_batches);
      training.micro_batches = micro_batches;
      training.lora_rank = rank;
      training.lora_alpha = 3;
      training.lora_targets = {"a", "g", "u", "w", "z"};
      Trained trained(parse_network(layers, kSequence), training, 2);
      move_factors(trained);
      CHECK(trained.graph.trainable_parameters() ==
            rank * (6 + 6 + 4 * (3 * (6 + 5)) + 6 + 3));  // a, three layers of four experts, z
      check_gradients(trained);
    }
}

TEST_CASE("gradients of biases alone and of low-rank factors are the slopes of the loss") {
  const char* layers =
      "  - {name: a, op: conv, out: 4, kernel: 3, norm: batch, act: tanh}\n"
      "  - {name: b, op: depthwise, kernel: 3, act: tanh}\n  - {name: n, op: layernorm}\n"
      "  - {name: f, op: linear, out: 5, act: tanh}\n  - {name: z, op: linear, out: 3}\n";
  for (const bool low_rank : {false, true}) {
    workload::TrainingConfig training = fp32_training(4);
    training.bias_only = !low_rank;
    training.lora_rank = low_rank ? 2 : 0;
    if (low_rank) training.lora_alpha = 3;
    Trained trained(parse_network(layers, kMap), training, 2);
    move_factors(trained);
    // A folded norm that scales.
    for (const workload::Tensor& tensor : trained.graph.tensors)
      if (tensor.name == "a.weight")
        for (const workload::Part& part : tensor.parts)
          if (part.kind == workload::PartKind::scale)
            for (std::int64_t i = 0; i < part.elements(); ++i)
              trained.executor.tensors().all(tensor.id)[static_cast<std::size_t>(part.offset + i)] =
                  1 + 0.5f * value_at(i, 2);
    check_gradients(trained);
  }
}
