// SPDX-License-Identifier: MIT
// Attention in blocks has the numbers of attention whose scores are kept.
#include "support/catch.h"
#include "unit/learning/steps.h"

using namespace kiln;
using namespace kiln::learning;

namespace {

constexpr const char* kTwoAttentions =
    "  - {name: e, op: linear, out: 8, act: tanh}\n  - {name: q, op: linear, out: 8}\n"
    "  - {name: k, op: linear, out: 4, from: [e]}\n  - {name: v, op: linear, out: 4, from: [e]}\n"
    "  - {name: s, op: attention_scores, heads: 4, kv_heads: 2, causal: true, from: [q, k]}\n"
    "  - {name: w, op: attention_values, from: [s, v]}\n"
    "  - {name: qkv, op: linear, out: 24, split: 3}\n  - {name: t, op: attention_scores, heads: 2}\n"
    "  - {name: x, op: attention_values, from: [t, qkv]}\n  - {name: z, op: linear, out: 3}\n";

/// The same as exporters write it: heads are axes.
constexpr const char* kTakenApart =
    "  - {name: e, op: embedding, entries: 9, out: 8}\n  - {name: q, op: linear, out: 8}\n"
    "  - {name: q3, op: reshape, shape: [5, 2, 4]}\n  - {name: qt, op: transpose, order: [1, 0, 2]}\n"
    "  - {name: k, op: linear, from: [e], out: 8}\n  - {name: k3, op: reshape, shape: [5, 2, 4]}\n"
    "  - {name: kt, op: transpose, order: [1, 2, 0]}\n  - {name: v, op: linear, from: [e], out: 6}\n"
    "  - {name: v3, op: reshape, shape: [5, 2, 3]}\n  - {name: vt, op: transpose, order: [1, 0, 2]}\n"
    "  - {name: s, op: matmul, from: [qt, kt]}\n  - {name: h, op: mul, value: 0.5}\n"
    "  - {name: p, op: softmax}\n  - {name: o, op: matmul, from: [p, vt]}\n"
    "  - {name: ot, op: transpose, order: [1, 0, 2]}\n  - {name: w, op: reshape, shape: [5, 6]}\n"
    "  - {name: z, op: linear, out: 3}\n";

/// The loss after `steps` steps.
double loss_after(int steps, workload::AttentionMethod method, const std::string& materialised = "",
                  const char* layers = kTwoAttentions) {
  workload::TrainingConfig training = fp32_training(3);
  training.attention = method;
  if (!materialised.empty())
    training.layers =
        config::read_tree<workload::TrainingConfig>(
            config::parse_yaml("t.yaml", "layers: {" + materialised + ": {attention: materialised}}\n"), "")
            .value.layers;
  const bool words = layers == kTakenApart;
  Trained trained(parse_network(layers, words ? "{channels: 1, height: 5, width: 1}"
                                              : "{channels: 6, height: 5, width: 1}"),
                  training, 1, words ? 9 : 0);
  double loss = 0;
  for (int step = 0; step < steps; ++step) loss = trained.step(step, 0.1).loss.mean();
  return loss;
}

}  // namespace

TEST_CASE("a training learns the same whether scores are kept or formed once more") {
  for (const int steps : {1, 4}) {
    const double kept = loss_after(steps, workload::AttentionMethod::materialised);
    CHECK_THAT(loss_after(steps, workload::AttentionMethod::tiled), Catch::Matchers::WithinRel(kept, 1e-5));
    CHECK_THAT(loss_after(steps, workload::AttentionMethod::tiled, "x"),
               Catch::Matchers::WithinRel(kept, 1e-5));
  }
}

TEST_CASE("attention that exporters took apart learns the same in one layer") {
  for (const int steps : {1, 4}) {
    const double apart = loss_after(steps, workload::AttentionMethod::materialised, "", kTakenApart);
    CHECK_THAT(loss_after(steps, workload::AttentionMethod::tiled, "", kTakenApart),
               Catch::Matchers::WithinRel(apart, 1e-5));
  }
}
