// SPDX-License-Identifier: MIT
#include "workload/features.h"

#include <algorithm>
#include <set>

#include "base/error.h"
#include "workload/network.h"
#include "workload/training_plan.h"

namespace kiln::workload {

namespace {

/// By layer: is its output the same for a sample whatever was learnt?
std::vector<bool> front_of(const Network& network, const TrainingPlan& plan) {
  std::vector<bool> front(network.layers.size(), false), shared(network.layers.size(), false);
  for (bool changed = true; changed;) {
    changed = false;
    for (std::size_t i = 0; i < front.size(); ++i) {
      const Layer& layer = network.layers[i];
      const bool reads_front =
          std::all_of(layer.inputs.begin(), layer.inputs.end(), [&](const ValueRef& input) {
            return input.layer == kNetworkInput || front[static_cast<std::size_t>(input.layer)];
          });
      front[i] = !shared[i] && plan.layers[i].scope == Scope::frozen && layer.outputs.size() == 1 &&
                 layer.tied_to < 0 && reads_front;
    }
    for (std::size_t i = 0; i < front.size(); ++i) {
      // The table that a head uses, and who says which rows are whose experts'.
      for (const int owner : {network.layers[i].tied_to, network.layers[i].routed_by}) {
        if (front[i] || owner < 0 || shared[static_cast<std::size_t>(owner)]) continue;
        shared[static_cast<std::size_t>(owner)] = changed = true;
      }
    }
  }
  return front;
}

/// Layers of the front that something behind it reads.
std::set<int> features_of(const Network& network, const std::vector<bool>& front) {
  std::set<int> read;
  const auto note = [&](int layer) {
    if (layer != kNetworkInput && front[static_cast<std::size_t>(layer)]) read.insert(layer);
  };
  for (std::size_t i = 0; i < front.size(); ++i)
    for (const ValueRef& input : network.layers[i].inputs)
      if (!front[i]) note(input.layer);
  return read;
}

LayerConfig input_of(const Layer& feature) {
  LayerConfig input;
  input.name = feature.name;
  input.op = LayerOp::input;
  input.shape = feature.out.extents();
  input.axis = feature.out.channel_axis();
  return input;
}

/// Layers are counted and named in the whole network: what applies behind the cut is written out.
TrainingConfig training_behind(const TrainingConfig& training, const Network& network,
                               const TrainingPlan& plan, const std::vector<bool>& front) {
  TrainingConfig behind = training;
  behind.depthwise_separable.clear();
  if (behind.pruning && behind.pruning->pattern == SparsityPattern::channels) behind.pruning.reset();
  behind.freeze = {};
  behind.freeze.normalisation = training.freeze.normalisation;
  behind.layers.clear();
  for (const config::PatternEntry& entry : training.layers.entries()) {
    const auto is_kept = [&](std::size_t i) {
      return !front[i] && config::fits(entry.pattern, network.layers[i].name);
    };
    bool kept = false;
    for (std::size_t i = 0; i < front.size(); ++i) kept = kept || is_kept(i);
    if (kept) behind.layers.add(entry);
  }
  for (std::size_t i = 0; i < front.size(); ++i)
    if (!front[i] && network.layers[i].parameters() > 0 && plan.layers[i].scope == Scope::frozen)
      behind.freeze.layers.push_back(network.layers[i].name);
  return behind;
}

}  // namespace

FeatureCut cut_at_features(const NetworkConfig& config, const TrainingConfig& training) {
  const Network network = build_network(config);
  const TrainingPlan plan = plan_training(network, training);
  const std::vector<bool> front = front_of(network, plan);
  std::int64_t parameters = 0;
  for (std::size_t i = 0; i < front.size(); ++i)
    if (front[i]) parameters += network.layers[i].parameters();
  if (parameters == 0)
    throw base::ConfigError(
        {}, "training.freeze",
        fmt::format("no layer at the input of '{}' is frozen, so there are no features to "
                    "keep; freeze some, as freeze: {{prefix_fraction: 50 %}}",
                    network.name));
  FeatureCut cut;
  cut.network = config;
  cut.network.layers.clear();
  for (const int feature : features_of(network, front)) {
    cut.values += network.layers[static_cast<std::size_t>(feature)].out.elements();
    cut.network.layers.push_back(input_of(network.layers[static_cast<std::size_t>(feature)]));
  }
  bool reads_input = false;
  for (std::size_t i = 0; i < front.size(); ++i) {
    if (front[i]) {
      ++cut.replaced;
      continue;
    }
    LayerConfig layer = config.layers[i];
    const std::vector<ValueRef>& inputs = network.layers[i].inputs;
    if (layer.from.empty() && !inputs.empty())  // the layer in front of it may be gone
      layer.from = {inputs[0].layer == kNetworkInput
                        ? "input"
                        : network.layers[static_cast<std::size_t>(inputs[0].layer)].name};
    for (const ValueRef& input : inputs) reads_input = reads_input || input.layer == kNetworkInput;
    cut.network.layers.push_back(std::move(layer));
  }
  if (!reads_input) cut.network.input = {.channels = 1, .height = 1, .width = 1};
  cut.training = training_behind(training, network, plan, front);
  return cut;
}

}  // namespace kiln::workload
