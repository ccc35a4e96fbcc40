// SPDX-License-Identifier: MIT
#include "workload/transforms.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "base/error.h"
#include "base/text.h"
#include "workload/attention_pattern.h"
#include "workload/layer_kind.h"

namespace kiln::workload {
namespace {

bool is_separable(const LayerConfig& layer) {
  return layer.op == LayerOp::conv && layer.groups == 1 &&
         (layer.kernel > 1 || layer.kernel_w.value_or(1) > 1);
}

/// Readers of `name`, with the default of reading the layer before made explicit.
std::vector<std::size_t> readers_of(const NetworkConfig& network, std::size_t index) {
  std::vector<std::size_t> readers;
  for (std::size_t i = index + 1; i < network.layers.size(); ++i) {
    const auto& from = network.layers[i].from;
    const bool takes_inputs = kind_of(network.layers[i].op).arity(network.layers[i]).most > 0;
    const bool reads = from.empty()
                           ? i == index + 1 && takes_inputs
                           : std::find(from.begin(), from.end(), network.layers[index].name) != from.end();
    if (reads) readers.push_back(i);
  }
  return readers;
}

/// Do the channels of layer `index` end in layers that can take any number of them?
bool channels_are_inner(const NetworkConfig& network, std::size_t index) {
  const std::vector<std::size_t> readers = readers_of(network, index);
  const auto& outputs = network.outputs;
  if (readers.empty() ||
      std::find(outputs.begin(), outputs.end(), network.layers[index].name) != outputs.end())
    return false;  // the loss
  for (const std::size_t reader : readers) {
    const LayerConfig& layer = network.layers[reader];
    const ChannelUse use = kind_of(layer.op).channels(layer);
    if (use == ChannelUse::fixed) return false;
    if (use == ChannelUse::kept && !channels_are_inner(network, reader)) return false;
  }
  return true;
}

}  // namespace

NetworkConfig rewrite_depthwise_separable(const NetworkConfig& network,
                                          const std::vector<std::string>& layers) {
  if (layers.empty()) return network;
  const bool all = std::find(layers.begin(), layers.end(), "all") != layers.end();
  std::vector<std::string> eligible;
  for (std::size_t i = 0; i < network.layers.size(); ++i)
    if (is_separable(network.layers[i])) eligible.push_back(network.layers[i].name);
  for (const std::string& name : layers) {
    if (name == "all" || std::find(eligible.begin(), eligible.end(), name) != eligible.end()) continue;
    throw base::ConfigError({}, "depthwise_separable",
                            fmt::format("'{}' is not a convolution with a kernel above 1 x 1{}", name,
                                        base::suggestion(name, eligible)));
  }
  NetworkConfig result = network;
  result.layers.clear();
  for (std::size_t i = 0; i < network.layers.size(); ++i) {
    const LayerConfig& layer = network.layers[i];
    const bool named = std::find(layers.begin(), layers.end(), layer.name) != layers.end();
    if (!(named || (all && i > 0 && is_separable(layer)))) {
      result.layers.push_back(layer);
      continue;
    }
    LayerConfig depthwise = layer;
    depthwise.name = layer.name + ".dw";
    depthwise.op = LayerOp::depthwise;
    depthwise.out = 0;
    if (depthwise.norm != Norm::none && depthwise.act == Activation::none) depthwise.act = Activation::relu;
    LayerConfig pointwise = layer;
    pointwise.from.clear();
    pointwise.kernel = 1;
    pointwise.kernel_w.reset();
    pointwise.kernel_d.reset();
    pointwise.stride = 1;
    pointwise.stride_w.reset();
    pointwise.stride_d.reset();
    result.layers.push_back(std::move(depthwise));
    result.layers.push_back(std::move(pointwise));
  }
  return result;
}

NetworkConfig prune_channels(const NetworkConfig& network, double share) {
  NetworkConfig result = network;
  for (std::size_t i = 0; i < network.layers.size(); ++i) {
    LayerConfig& layer = result.layers[i];
    const bool has_channels = (layer.op == LayerOp::conv && layer.groups == 1) ||
                              (layer.op == LayerOp::linear && layer.split == 1 && layer.tied.empty());
    if (!has_channels || !channels_are_inner(network, i)) continue;
    const double left = std::ceil(static_cast<double>(layer.out) * (1 - share) - 1e-9);
    layer.out = std::max<std::int64_t>(1, static_cast<std::int64_t>(left));
  }
  return result;
}

namespace {

std::size_t index_of(const NetworkConfig& network, const std::string& name) {
  return static_cast<std::size_t>(std::find_if(network.layers.begin(), network.layers.end(),
                                               [&](const LayerConfig& layer) { return layer.name == name; }) -
                                  network.layers.begin());
}

/// Queries, keys and values of scores and of a layer that reads them, by name.
std::vector<std::string> attention_inputs(const NetworkConfig& network, std::size_t scores,
                                          const LayerConfig& values) {
  std::vector<std::string> from = network.layers[scores].from;
  if (from.empty() && scores > 0) from = {network.layers[scores - 1].name};
  if (from.size() == 1) from = {from[0] + ":0", from[0] + ":1"};
  std::string last = values.from[1];
  if (const std::size_t source = index_of(network, last); source < network.layers.size()) {
    const LayerConfig& layer = network.layers[source];
    if (layer.split == 3 || layer.sizes.size() == 3) last += ":2";
  }
  from.push_back(std::move(last));
  return from;
}

}  // namespace

NetworkConfig fuse_attention(const NetworkConfig& network, const TrainingConfig& training) {
  const auto is_tiled = [&](const std::string& name) {
    LayerTraining own;
    own.attention = training.attention;
    return training.layers.apply(name, own).attention == AttentionMethod::tiled;
  };
  NetworkConfig result = network;
  std::set<std::string> fused;
  for (std::size_t i = 0; i < network.layers.size(); ++i) {
    const LayerConfig& values = network.layers[i];
    if (values.op != LayerOp::attention_values || values.from.size() != 2) continue;
    if (!is_tiled(values.name)) continue;
    const std::size_t scores = index_of(network, values.from[0]);
    const auto& outputs = network.outputs;
    if (scores >= i || network.layers[scores].op != LayerOp::attention_scores ||
        readers_of(network, scores).size() != 1 ||
        std::find(outputs.begin(), outputs.end(), values.from[0]) != outputs.end())
      continue;
    const std::vector<std::string> from = attention_inputs(network, scores, values);
    if (std::set<std::string>(from.begin(), from.end()).size() < 3) continue;
    LayerConfig& one = result.layers[i];
    one = network.layers[scores];
    one.name = values.name;
    one.place = values.place;
    one.op = LayerOp::attention;
    one.from = from;
    fused.insert(values.from[0]);
  }
  std::erase_if(result.layers, [&](const LayerConfig& layer) { return fused.count(layer.name) > 0; });
  return gather_attention(result, is_tiled);
}

NetworkConfig rewrite(const NetworkConfig& network, const TrainingConfig& training) {
  NetworkConfig result = rewrite_depthwise_separable(network, training.depthwise_separable);
  if (training.pruning && training.pruning->pattern == SparsityPattern::channels)
    result = prune_channels(result, training.pruning->sparsity);
  return fuse_attention(result, training);
}

}  // namespace kiln::workload
