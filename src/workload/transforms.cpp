// SPDX-License-Identifier: MIT
#include "workload/transforms.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "base/error.h"
#include "base/text.h"
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
    pointwise.stride = 1;
    pointwise.stride_w.reset();
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

NetworkConfig rewrite(const NetworkConfig& network, const TrainingConfig& training) {
  NetworkConfig result = rewrite_depthwise_separable(network, training.depthwise_separable);
  if (training.pruning && training.pruning->pattern == SparsityPattern::channels)
    result = prune_channels(result, training.pruning->sparsity);
  return result;
}

}  // namespace kiln::workload
