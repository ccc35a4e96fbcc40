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

TEST_CASE("within a window a token attends to itself and to those just in front of it") {
  constexpr std::int64_t kTokens = 5, kHeads = 4, kKeyHeads = 2, kWidth = 2;
  for (const auto method : {workload::AttentionMethod::materialised, workload::AttentionMethod::tiled})
    for (const std::int64_t window : {1, 2, 4, 5, 9}) {
      INFO("window " << window);
      const std::string layers =
          "  - {name: q, op: linear, out: 8}\n  - {name: k, op: linear, out: 4, from: [input]}\n"
          "  - {name: v, op: linear, out: 4, from: [input]}\n"
          "  - {name: s, op: attention_scores, heads: 4, kv_heads: 2, causal: true, window: " +
          std::to_string(window) +
          ", from: [q, k]}\n  - {name: w, op: attention_values, from: [s, v]}\n"
          "  - {name: z, op: linear, out: 3}\n";
      workload::TrainingConfig training = fp32_training(2);
      training.attention = method;
      Trained trained(parse_network(layers, "{channels: 6, height: 5, width: 1}"), training);
      trained.step(0, 0);
      const std::span<const float> q = trained.values("q"), k = trained.values("k"), v = trained.values("v"),
                                   w = trained.values("w");
      for (std::int64_t sample = 0; sample < 2; ++sample)
        for (std::int64_t head = 0; head < kHeads; ++head)
          for (std::int64_t query = 0; query < kTokens; ++query) {
            const auto at = [&](std::span<const float> values, std::int64_t heads, std::int64_t row,
                                std::int64_t own, std::int64_t channel) {
              const std::int64_t token = sample * kTokens + row;
              return double{values[static_cast<std::size_t>((token * heads + own) * kWidth + channel)]};
            };
            const std::int64_t shared = head / (kHeads / kKeyHeads);
            double sum = 0, wanted[kWidth] = {};
            for (std::int64_t key = std::max<std::int64_t>(0, query - window + 1); key <= query; ++key) {
              double score = 0;
              for (std::int64_t c = 0; c < kWidth; ++c)
                score += at(q, kHeads, query, head, c) * at(k, kKeyHeads, key, shared, c);
              const double weight = std::exp(score / std::sqrt(double{kWidth}));
              sum += weight;
              for (std::int64_t c = 0; c < kWidth; ++c)
                wanted[c] += weight * at(v, kKeyHeads, key, shared, c);
            }
            for (std::int64_t c = 0; c < kWidth; ++c)
              CHECK_THAT(at(w, kHeads, query, head, c), Catch::Matchers::WithinAbs(wanted[c] / sum, 1e-6));
          }
    }
}
