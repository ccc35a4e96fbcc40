// SPDX-License-Identifier: MIT
// Laws that hold for every network and every way of training it.
#include <rapidcheck.h>

#include <algorithm>

#include "support/catch.h"
#include "unit/workload/networks.h"
#include "workload/footprint.h"

using namespace kiln;
using namespace kiln::workload;

namespace {

/// A chain of blocks, some with depthwise layers and some with residual additions.
NetworkConfig random_network() {
  const int blocks = *rc::gen::inRange(1, 7);
  NetworkConfig network;
  network.name = network.source = "random";
  network.input = {3, *rc::gen::inRange(4, 24), *rc::gen::inRange(4, 24)};
  const auto conv = [&](std::string name, std::int64_t out, std::int32_t kernel, Activation act) {
    LayerConfig layer;
    layer.name = std::move(name);
    layer.out = out;
    layer.kernel = kernel;
    layer.norm = *rc::gen::arbitrary<bool>() ? Norm::batch : Norm::none;
    layer.act = act;
    network.layers.push_back(layer);
  };
  const auto act = [] { return static_cast<Activation>(*rc::gen::inRange(0, 6)); };
  std::int64_t channels = *rc::gen::inRange(1, 24);
  conv("stem", channels, 3, act());
  for (int i = 0; i < blocks; ++i) {
    const std::string name = "b" + std::to_string(i);
    const std::string input = network.layers.back().name;
    const bool residual = *rc::gen::arbitrary<bool>();
    conv(name + ".a", *rc::gen::inRange(1, 32), 1, act());
    if (*rc::gen::arbitrary<bool>()) {
      conv(name + ".dw", 0, 3, act());
      network.layers.back().op = LayerOp::depthwise;
      network.layers.back().stride = residual ? 1 : 2;
    }
    if (!residual) channels = *rc::gen::inRange(1, 32);
    conv(name + ".b", channels, 3, act());
    if (!residual) continue;
    LayerConfig add;
    add.name = name + ".add";
    add.op = LayerOp::add;
    add.from = {name + ".b", input};
    add.act = act();
    network.layers.push_back(add);
  }
  LayerConfig pool;
  pool.name = "pool";
  pool.op = LayerOp::global_pool;
  network.layers.push_back(pool);
  conv("head", 10, 1, Activation::none);
  network.layers.back().op = LayerOp::linear;
  network.layers.back().norm = Norm::none;
  return network;
}

TrainingConfig random_training() {
  TrainingConfig training;
  training.batch = 4 * *rc::gen::inRange(1, 4);
  training.optimizer.kind = static_cast<OptimizerKind>(*rc::gen::inRange(0, 3));
  training.freeze.normalisation = *rc::gen::arbitrary<bool>();
  if (*rc::gen::arbitrary<bool>()) training.precision.saved_activations = Precision::int8;
  return training;
}

LayerOp any_operation() {
  const auto names = enum_names(static_cast<const LayerOp*>(nullptr));
  return names[*rc::gen::inRange<std::size_t>(0, names.size())].value;
}

/// Changes one thing of one layer to something that may or may not fit.
void mutate(NetworkConfig& network) {
  LayerConfig& layer = network.layers[*rc::gen::inRange<std::size_t>(0, network.layers.size())];
  const std::string other = network.layers[*rc::gen::inRange<std::size_t>(0, network.layers.size())].name;
  const auto extreme = [] { return *rc::gen::element(0, 1, 2, 7, 1024, 1 << 24); };
  switch (*rc::gen::inRange(0, 15)) {
    case 0:
      layer.out = extreme();
      break;
    case 1:
      layer.kernel = std::max(1, extreme() % 1025);
      break;
    case 2:
      layer.stride = std::max(1, extreme() % 1025);
      break;
    case 3:
      layer.groups = std::max(1, extreme());
      break;
    case 4:
      layer.op = any_operation();
      break;
    case 5:
      layer.from = {other};
      break;
    case 6:
      layer.from = {other, layer.name};
      break;
    case 7:
      layer.padding.mode = Padding::Mode::valid;
      break;
    case 9:
      layer.padding = {Padding::Mode::given, {extreme(), extreme(), extreme(), extreme()}};
      break;
    case 10:
      layer.dilation = std::max(1, extreme() % 1025);
      break;
    case 11:
      layer.axis = *rc::gen::inRange(-4, 4);
      layer.sizes = {1, extreme()};
      layer.axes = {*rc::gen::inRange(-4, 4)};
      break;
    case 12:
      layer.begin = extreme() - 3;
      layer.end = extreme();
      layer.shape = {extreme() - 1, extreme() - 1};
      break;
    case 13:
      layer.order = {1, 0, 2};
      layer.heads = std::max(1, extreme() % 4097);
      layer.split = std::max(1, extreme() % 17);
      break;
    case 14:
      layer.act = static_cast<Activation>(*rc::gen::inRange(0, 13));
      layer.norm = *rc::gen::element(Norm::none, Norm::batch);
      break;
    case 8:
      network.input = {std::max(1, extreme()), std::max(1, extreme()), std::max(1, extreme())};
      break;
  }
}

}  // namespace

TEST_CASE("a changed network either expands or is refused as configuration") {
  int expanded = 0;
  CHECK(rc::check([&] {
    NetworkConfig network = random_network();
    for (int i = *rc::gen::inRange(1, 4); i > 0; --i) mutate(network);
    TrainingConfig training = random_training();
    training.bias_only = *rc::gen::arbitrary<bool>();
    training.lora_rank = training.bias_only ? 0 : *rc::gen::element(0, 1, 4096);
    training.recompute.mode = *rc::gen::element(RecomputeMode::none, RecomputeMode::sqrt);
    if (*rc::gen::arbitrary<bool>()) training.quantisation_aware.emplace();
    try {
      const StepGraph graph = build_step(network, training);
      RC_ASSERT(graph.macs(Phase::forward) >= 0);
      RC_ASSERT(footprint(graph).peak_bytes > 0);
      ++expanded;
    } catch (const base::ConfigError& error) {
      RC_ASSERT(!error.problems().empty());
    }
  }));
  CHECK(expanded > 0);
}

TEST_CASE("freezing more never adds work or memory") {
  CHECK(rc::check([] {
    const Network network = build_network(random_network());
    TrainingConfig training = random_training();
    const auto weighted = static_cast<std::int32_t>(network.weighted_layers().size());
    const bool prefix = *rc::gen::arbitrary<bool>();
    std::int64_t work = -1, bytes = -1;
    double vector_work = -1;
    for (std::int32_t frozen = 0; frozen <= weighted; ++frozen) {
      (prefix ? training.freeze.prefix_layers : training.freeze.suffix_layers) = frozen;
      const StepGraph graph = expand(network, training);
      if (frozen > 0) {
        RC_ASSERT(macs(graph) <= work);
        RC_ASSERT(vector_ops(graph) <= vector_work);
        RC_ASSERT(footprint(graph).peak_bytes <= bytes);
      }
      work = macs(graph);
      vector_work = vector_ops(graph);
      bytes = footprint(graph).peak_bytes;
    }
    RC_ASSERT(work == network.forward_macs() * training.batch);
  }));
}

TEST_CASE("micro-batches conserve multiply-accumulates and save memory") {
  CHECK(rc::check([] {
    const Network network = build_network(random_network());
    TrainingConfig training = random_training();
    const StepGraph whole = expand(network, training);
    training.micro_batches = *rc::gen::element(2, 4);
    const StepGraph part = expand(network, training);
    RC_ASSERT(macs(part) * training.micro_batches == macs(whole));
    RC_ASSERT(footprint(part).total_of(TensorClass::saved) <= footprint(whole).total_of(TensorClass::saved));
  }));
}

TEST_CASE("recomputation adds at most one forward pass; the optimal split never costs memory") {
  CHECK(rc::check([] {
    const Network network = build_network(random_network());
    TrainingConfig training = random_training();
    const StepGraph plain = expand(network, training);
    training.recompute.mode =
        *rc::gen::element(RecomputeMode::sqrt, RecomputeMode::segments, RecomputeMode::optimal);
    training.recompute.segments = *rc::gen::inRange(1, 12);
    const StepGraph again = expand(network, training);
    RC_ASSERT(again.macs(Phase::forward) >= plain.macs(Phase::forward));
    RC_ASSERT(again.macs(Phase::forward) <= 2 * plain.macs(Phase::forward));
    RC_ASSERT(again.macs(Phase::dgrad) == plain.macs(Phase::dgrad));
    RC_ASSERT(again.macs(Phase::wgrad) == plain.macs(Phase::wgrad));
    if (training.recompute.mode == RecomputeMode::optimal)
      RC_ASSERT(footprint(again).peak_bytes <= footprint(plain).peak_bytes);
  }));
}

TEST_CASE("a step is 3 forward passes minus the products nobody needs") {
  CHECK(rc::check([] {
    const Network network = build_network(random_network());
    TrainingConfig training = random_training();
    training.freeze = {};
    const StepGraph graph = expand(network, training);
    const std::int64_t forward = network.forward_macs() * training.batch;
    RC_ASSERT(graph.macs(Phase::forward) == forward);
    RC_ASSERT(graph.macs(Phase::wgrad) == forward);
    RC_ASSERT(graph.macs(Phase::dgrad) == forward - network.layers[0].macs * training.batch);
    RC_ASSERT(graph.trainable_parameters() == network.parameters());
  }));
}
