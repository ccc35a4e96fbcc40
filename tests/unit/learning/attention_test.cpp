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

/// The loss after `steps` steps.
double loss_after(int steps, workload::AttentionMethod method, const std::string& materialised = "") {
  workload::TrainingConfig training = fp32_training(3);
  training.attention = method;
  if (!materialised.empty())
    training.layers =
        config::read_tree<workload::TrainingConfig>(
            config::parse_yaml("t.yaml", "layers: {" + materialised + ": {attention: materialised}}\n"), "")
            .value.layers;
  Trained trained(parse_network(kTwoAttentions, "{channels: 6, height: 5, width: 1}"), training, 1);
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
