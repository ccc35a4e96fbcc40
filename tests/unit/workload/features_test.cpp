// SPDX-License-Identifier: MIT
#include "workload/features.h"
#include "support/catch.h"
#include "workload/expand.h"
#include "workload/network.h"

using namespace kiln;
using namespace kiln::workload;

namespace {

LayerConfig layer(std::string name, LayerOp op, std::vector<std::string> from = {}) {
  LayerConfig config;
  config.name = std::move(name);
  config.op = op;
  config.from = std::move(from);
  return config;
}

LayerConfig conv(std::string name, std::int64_t out, std::vector<std::string> from = {}) {
  LayerConfig config = layer(std::move(name), LayerOp::conv, std::move(from));
  config.out = out;
  config.kernel = 3;
  return config;
}

/// Two convolutions, a sum around the second one, a third, a head.
NetworkConfig residual() {
  NetworkConfig config;
  config.name = "residual";
  config.input = {.channels = 3, .height = 8, .width = 8};
  LayerConfig head = layer("head", LayerOp::linear);
  head.out = 10;
  config.layers = {conv("a", 4),
                   conv("b", 4),
                   layer("sum", LayerOp::add, {"b", "a"}),
                   conv("c", 8),
                   layer("pool", LayerOp::global_pool),
                   head};
  return config;
}

TrainingConfig frozen(std::int32_t prefix) {
  TrainingConfig training;
  training.freeze.prefix_layers = prefix;
  return training;
}

std::int64_t macs(const NetworkConfig& network, const TrainingConfig& training, Phase phase) {
  return expand(build_network(network), training).macs(phase);
}

}  // namespace

TEST_CASE("a network is cut behind its frozen front, and its training goes on as before") {
  const FeatureCut cut = cut_at_features(residual(), frozen(2));
  CHECK(cut.replaced == 3);  // a, b and their sum
  CHECK(cut.values == 4 * 8 * 8);
  CHECK(cut.network.layers.front().op == LayerOp::input);
  CHECK(cut.network.layers.front().name == "sum");
  for (const Phase phase : {Phase::wgrad, Phase::dgrad})
    CHECK(macs(cut.network, cut.training, phase) == macs(residual(), frozen(2), phase));
  const std::int64_t front = 8 * 8 * 9 * (3 * 4 + 4 * 4) * 8;
  CHECK(macs(cut.network, cut.training, Phase::forward) ==
        macs(residual(), frozen(2), Phase::forward) - front);
}

TEST_CASE("every value that the trained part reads is a feature") {
  const FeatureCut cut = cut_at_features(residual(), frozen(1));
  CHECK(cut.values == 4 * 8 * 8);  // a, read by b and by the sum
  CHECK(cut.replaced == 1);
  CHECK(build_network(cut.network).find("sum", "") == 2);
}

TEST_CASE("a frozen layer behind a trained one is no feature and stays frozen") {
  TrainingConfig training = frozen(1);
  training.freeze.layers = {"c"};
  const FeatureCut cut = cut_at_features(residual(), training);
  CHECK(cut.replaced == 1);
  CHECK(cut.training.freeze.layers == std::vector<std::string>{"c"});
  CHECK(macs(cut.network, cut.training, Phase::wgrad) == macs(residual(), training, Phase::wgrad));
}

TEST_CASE("without a frozen front there is nothing to keep") {
  CHECK_THROWS_AS(cut_at_features(residual(), frozen(0)), base::ConfigError);
  TrainingConfig last;
  last.freeze.layers = {"c"};
  CHECK_THROWS_AS(cut_at_features(residual(), last), base::ConfigError);
}

TEST_CASE("who says which rows are whose experts' stays behind the cut") {
  NetworkConfig config;
  config.name = "mixture";
  config.input = {.channels = 6, .height = 5, .width = 1};
  const auto routed = [](LayerConfig own, std::int64_t out) {
    own.routing = "k";
    own.out = out;
    return own;
  };
  LayerConfig a = layer("a", LayerOp::linear), r = layer("r", LayerOp::linear),
              k = layer("k", LayerOp::top_k), z = layer("z", LayerOp::linear);
  a.out = 6;
  r.out = 4;
  k.top = 2;
  z.out = 3;
  config.layers = {a,
                   r,
                   layer("p", LayerOp::softmax),
                   k,
                   routed(layer("d", LayerOp::moe_dispatch, {"a"}), 0),
                   routed(layer("e", LayerOp::moe_experts), 6),
                   routed(layer("c", LayerOp::moe_combine, {"e", "k"}), 0),
                   z};
  const FeatureCut cut = cut_at_features(config, frozen(2));
  const Network behind = build_network(cut.network);
  CHECK(behind.find("k", "") > behind.find("p", ""));
  CHECK(behind.layers[behind.find("p", "")].op == LayerOp::input);
  CHECK(behind.layers[behind.find("d", "")].op == LayerOp::input);
  CHECK(cut.values == 5 * 4 + 10 * 6);
  for (const Phase phase : {Phase::wgrad, Phase::dgrad})
    CHECK(macs(cut.network, cut.training, phase) == macs(config, frozen(2), phase));
}
