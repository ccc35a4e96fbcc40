// SPDX-License-Identifier: MIT
// Attention within a window: what a step computes, visits and keeps, and where a window is refused.
#include "support/catch.h"
#include "unit/workload/networks.h"
#include "workload/expand.h"
#include "workload/transforms.h"

using namespace kiln;
using namespace kiln::workload;
using kiln::testing::contains;

namespace {

constexpr std::int64_t kSeenTokens = 24, kSeenHeads = 2, kHeadWidth = 4, kSeenBatch = 3;

StepGraph windowed_step(std::int64_t window, AttentionMethod method) {
  const NetworkConfig network = parse(
      "  - {name: q, op: linear, out: 8}\n  - {name: k, op: linear, from: [input], out: 8}\n"
      "  - {name: v, op: linear, from: [input], out: 8}\n"
      "  - {name: s, op: attention_scores, from: [q, k], heads: 2, causal: true, window: " +
          std::to_string(window) +
          "}\n  - {name: w, op: attention_values, from: [s, v]}\n  - {name: z, op: linear, out: 3}\n",
      "{channels: 6, height: 24, width: 1}");
  TrainingConfig training;
  training.batch = kSeenBatch;
  training.attention = method;
  return build_step(network, training);
}

const Op& op_named(const StepGraph& graph, const std::string& name) {
  return *std::find_if(graph.ops.begin(), graph.ops.end(), [&](const Op& op) { return op.name == name; });
}

std::string window_refusal(const std::string& layers) {
  return config_error([&] { build_network(parse(layers, "{channels: 6, height: 24, width: 1}")); });
}

}  // namespace

TEST_CASE("products of a band have a row for every token and sums over its window") {
  for (const std::int64_t window : {1, 5, 23}) {
    const StepGraph graph = windowed_step(window, AttentionMethod::materialised);
    const auto is = [&](const char* name, std::int64_t m, std::int64_t n, std::int64_t k) {
      const Gemm& gemm = op_named(graph, name).gemm;
      INFO(name << ": " << gemm.m << " x " << gemm.n << " x " << gemm.k);
      CHECK((gemm.m == m && gemm.n == n && gemm.k == k && gemm.repeats == kSeenBatch * kSeenHeads));
    };
    is("s/forward", kSeenTokens, window, kHeadWidth);
    is("s/dgrad_q", kSeenTokens, kHeadWidth, window);
    is("s/dgrad_k", kSeenTokens, kHeadWidth, window);
    is("w/forward", kSeenTokens, kHeadWidth, window);
    is("w/dgrad_scores", kSeenTokens, window, kHeadWidth);
    is("w/dgrad_v", kSeenTokens, kHeadWidth, window);
    CHECK(op_named(graph, "s/softmax").vector.elements == kSeenBatch * kSeenHeads * kSeenTokens * window);
    for (const Tensor& tensor : graph.tensors)
      if (tensor.name == "s") {
        CHECK(tensor.cls == TensorClass::saved);
        CHECK(tensor.elements() == kSeenBatch * kSeenHeads * kSeenTokens * window);
      }
    const StepGraph tiled = windowed_step(window, AttentionMethod::tiled);
    CHECK(op_named(tiled, "w/forward").gemm.macs() ==
          2 * kSeenBatch * kSeenHeads * kSeenTokens * window * kHeadWidth);
  }
}

TEST_CASE("a window is of causal attention within one sequence") {
  const std::string in_front =
      "  - {name: q, op: linear, out: 8}\n  - {name: k, op: slice, axis: -2, end: 12, from: [q]}\n";
  CHECK_THAT(window_refusal(in_front +
                            "  - {name: s, op: attention_scores, from: [q, k], causal: true, window: 4}\n"),
             contains("window: counts tokens of one sequence, not keys of 12 for queries of 24 tokens"));
  CHECK_THAT(window_refusal(in_front + "  - {name: s, op: attention_scores, from: [q, q], window: 4}\n"),
             contains("write causal: true"));
  CHECK_THAT(window_refusal(in_front + "  - {name: s, op: softmax, causal: true, window: 4}\n"),
             contains("has no meaning for op: softmax"));
}
