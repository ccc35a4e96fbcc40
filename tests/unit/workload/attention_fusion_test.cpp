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

namespace {

/// As exporters write it: heads are axes, the scale is on queries and keys.
std::string taken_apart(const std::string& scores) {
  return "  - {name: a, op: embedding, entries: 9, out: 8}\n  - {name: q, op: linear, out: 8}\n"
         "  - {name: q3, op: reshape, shape: [5, 2, 4]}\n  - {name: qt, op: transpose, order: [1, 0, 2]}\n"
         "  - {name: k, op: linear, from: [a], out: 8}\n  - {name: k3, op: reshape, shape: [5, 2, 4]}\n"
         "  - {name: kt, op: transpose, order: [1, 2, 0]}\n  - {name: v, op: linear, from: [a], out: 6}\n"
         "  - {name: v3, op: reshape, shape: [5, 2, 3]}\n  - {name: vt, op: transpose, order: [1, 0, 2]}\n"
         "  - {name: qs, op: mul, from: [qt], value: 0.70710678}\n"
         "  - {name: ks, op: mul, from: [kt], value: 0.70710678}\n  - {name: s, op: matmul, from: [qs, "
         "ks]}\n" +
         scores +
         "  - {name: p, op: softmax}\n  - {name: o, op: matmul, from: [p, vt]}\n"
         "  - {name: ot, op: transpose, order: [1, 0, 2]}\n  - {name: w, op: reshape, shape: [5, 6]}\n"
         "  - {name: z, op: linear, out: 3}\n";
}

NetworkConfig tiled_export(const std::string& scores) {
  return fuse_attention(parse(taken_apart(scores), "{channels: 1, height: 5, width: 1}"), tiled());
}

}  // namespace

TEST_CASE("attention that exporters took apart becomes one layer") {
  const NetworkConfig whole = parse(taken_apart(""), "{channels: 1, height: 5, width: 1}"),
                      one = tiled_export("");
  CHECK(tiled_in(one) == std::vector<std::string>{"w"});
  CHECK(one.layers.size() == 6);
  const Network before = build_network(whole), after = build_network(one);
  CHECK(after.parameters() == before.parameters());
  CHECK(after.forward_macs() == before.forward_macs());
  CHECK(after.layers.back().out == before.layers.back().out);
  CHECK(fuse_attention(whole, {}).layers.size() == whole.layers.size());
}

TEST_CASE("masks, other scales and scores that are read elsewhere stay taken apart") {
  CHECK(tiled_in(tiled_export("  - {name: m, op: add, operand: [5, 5], trained: false}\n")).empty());
  CHECK(tiled_in(tiled_export("  - {name: m, op: mul, value: 2}\n")).empty());
  CHECK(
      tiled_in(tiled_export("  - {name: m, op: mul, value: 2}\n  - {name: n, op: div, value: 2}\n")).size() ==
      1);
  CHECK(tiled_in(tiled_export("  - {name: m, op: softmax}\n  - {name: n, op: mul, from: [s, m]}\n")).empty());
}

TEST_CASE("heads are not cut out of a map, whose channels lie in front") {
  std::string layers = taken_apart("");
  layers.replace(layers.find("op: embedding, entries: 9"), 25, "op: linear");
  const NetworkConfig map = parse(layers, "{channels: 4, height: 5, width: 1}");
  CHECK(build_network(map).layers.size() == 18);
  CHECK(tiled_in(fuse_attention(map, tiled())).empty());
}
