// SPDX-License-Identifier: MIT
// Which attention becomes one layer, by the training and by layer.
#include "support/catch.h"
#include "unit/workload/networks.h"
#include "workload/transforms.h"

using namespace kiln;
using namespace kiln::workload;

namespace {

NetworkConfig encoder() {
  return parse(
      "  - {name: a, op: linear, out: 12, split: 3}\n  - {name: s1, op: attention_scores, heads: 2, causal: "
      "true}\n"
      "  - {name: w1, op: attention_values, from: [s1, a]}\n"
      "  - {name: q, op: linear, out: 8}\n  - {name: k, op: linear, from: [w1], out: 4}\n"
      "  - {name: s2, op: attention_scores, from: [q, k], heads: 4, kv_heads: 2}\n"
      "  - {name: w2, op: attention_values, from: [s2, k]}\n  - {name: p, op: linear, out: 12, split: 3}\n"
      "  - {name: s3, op: attention_scores, heads: 2}\n  - {name: w3, op: attention_values, from: [s3, p]}\n"
      "  - {name: look, op: reduce_mean, from: [s3], axes: [0]}\n  - {name: b, op: matmul, from: [look, "
      "w3]}\n"
      "  - {name: z, op: linear, out: 3}\n",
      "{channels: 6, height: 5, width: 1}");
}

std::vector<std::string> tiled_in(const NetworkConfig& network) {
  std::vector<std::string> names;
  for (const LayerConfig& layer : network.layers)
    if (layer.op == LayerOp::attention) names.push_back(layer.name);
  return names;
}

TrainingConfig tiled() {
  TrainingConfig training;
  training.attention = AttentionMethod::tiled;
  return training;
}

}  // namespace

TEST_CASE("scores that only their values read become one layer with them") {
  const NetworkConfig whole = encoder(), one = fuse_attention(whole, tiled());
  // Keys that are the values, too, and scores that something else looks at stay.
  CHECK(tiled_in(one) == std::vector<std::string>{"w1"});
  const Network before = build_network(whole), after = build_network(one);
  CHECK(after.parameters() == before.parameters());
  CHECK(after.forward_macs() == before.forward_macs());
  const Layer& layer = after.layers[after.find("w1", "")];
  CHECK(layer.inputs == std::vector<ValueRef>{{0, 0}, {0, 1}, {0, 2}});
  CHECK(std::get<TiledAttention>(layer.operation).causal);
  CHECK(layer.out == before.layers[before.find("w1", "")].out);
}

TEST_CASE("a layer says for itself where its scores go") {
  const auto with = [](AttentionMethod method, const std::string& layers) {
    const std::string all = method == AttentionMethod::tiled ? "tiled" : "materialised";
    return tiled_in(fuse_attention(
        encoder(), config::read_tree<TrainingConfig>(
                       config::parse_yaml("t.yaml", "attention: " + all + "\nlayers: " + layers + "\n"), "")
                       .value));
  };
  CHECK(with(AttentionMethod::materialised, "{w1: {attention: tiled}}") == std::vector<std::string>{"w1"});
  CHECK(with(AttentionMethod::tiled, "{\"w*\": {attention: materialised}}").empty());
  CHECK(with(AttentionMethod::materialised, "{}").empty());
}
