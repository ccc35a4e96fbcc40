// SPDX-License-Identifier: MIT
#include "workload/training_plan.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"

namespace kiln::workload {
namespace {

std::size_t layer_count(const std::optional<std::int32_t>& layers, const std::optional<double>& fraction,
                        std::size_t weighted, const char* key) {
  // nearbyint rounds half to even, as the published freezing tables do (26.5 -> 26, 61.5 -> 62).
  const std::size_t count =
      layers ? static_cast<std::size_t>(*layers)
             : static_cast<std::size_t>(std::nearbyint(*fraction * static_cast<double>(weighted)));
  if (count > weighted) {
    throw base::ConfigError(
        {}, std::string("freeze.") + key,
        fmt::format("{} layers to freeze, but the network has {} weighted layers", count, weighted));
  }
  return count;
}

std::vector<bool> frozen_layers(const Network& network, const FreezeConfig& freeze) {
  std::vector<bool> frozen(network.layers.size(), false);
  const std::vector<int> weighted = network.weighted_layers();
  if (freeze.prefix_layers || freeze.prefix_fraction) {
    const std::size_t count =
        layer_count(freeze.prefix_layers, freeze.prefix_fraction, weighted.size(), "prefix_layers");
    // Norms and tables in front of the first trained weights belong to the prefix; zero freezes nothing.
    const std::size_t end = count == 0 ? 0 : count == weighted.size() ? frozen.size() : weighted[count];
    std::fill(frozen.begin(), frozen.begin() + static_cast<std::ptrdiff_t>(end), true);
  }
  if (freeze.suffix_layers || freeze.suffix_fraction) {
    const std::size_t count =
        layer_count(freeze.suffix_layers, freeze.suffix_fraction, weighted.size(), "suffix_layers");
    const std::size_t begin = count == 0 ? frozen.size() : weighted[weighted.size() - count];
    std::fill(frozen.begin() + static_cast<std::ptrdiff_t>(begin), frozen.end(), true);
  }
  for (const std::string& name : freeze.layers) frozen[network.find(name, "freeze.layers")] = true;
  return frozen;
}

Scope scope_of(const Layer& layer, const TrainingConfig& config, bool in_full) {
  if (in_full || (!config.bias_only && config.lora_rank == 0))
    return layer.parameters() > 0 ? Scope::full : Scope::frozen;
  if (config.bias_only)
    return layer.bias_parameters + layer.norm_parameters > 0 ? Scope::bias : Scope::frozen;
  const bool has_matrix = (layer.op == LayerOp::conv && layer.groups == 1) || layer.op == LayerOp::linear;
  return has_matrix && layer.tied_to < 0 ? Scope::lora : Scope::frozen;
}

std::int64_t trainable_parameters(const Layer& layer, const LayerPlan& plan, const TrainingConfig& config) {
  switch (plan.scope) {
    case Scope::frozen:
      return 0;
    case Scope::full:
      // Stored statistics fold the norm into the weights; its scale and shift stay as they are.
      if (layer.norm == Norm::batch && !plan.batch_stats)
        return layer.weight_parameters + layer.bias_parameters;
      return layer.parameters();
    case Scope::bias:
      return layer.bias_parameters + layer.norm_parameters / 2;  // the shifts
    case Scope::lora: {
      const std::int64_t inputs = layer.weight_parameters / layer.out.channels;
      return config.lora_rank * (inputs + layer.out.channels);
    }
  }
  return 0;
}

}  // namespace

bool needs_input(const Layer& layer, const TrainingPlan& plan, const LayerPlan& own, std::size_t input) {
  if (!own.live) return false;
  switch (layer.op) {
    case LayerOp::conv:
    case LayerOp::depthwise:
    case LayerOp::linear:
    case LayerOp::lstm:
    case LayerOp::embedding:
      return own.scope == Scope::full || own.scope == Scope::lora;
    case LayerOp::layernorm:
    case LayerOp::attention_scores:
    case LayerOp::attention_values:
      return true;
    case LayerOp::mul:
      return plan.live(layer.inputs[1 - input]);  // each factor scales the other's error
    case LayerOp::positions:
    case LayerOp::max_pool:
    case LayerOp::average_pool:
    case LayerOp::global_pool:
    case LayerOp::add:
    case LayerOp::flatten:
    case LayerOp::select:
      return false;
  }
  return false;
}

TrainingPlan plan_training(const Network& network, const TrainingConfig& config) {
  const std::vector<bool> frozen = frozen_layers(network, config.freeze);
  std::vector<bool> in_full(network.layers.size(), false);
  for (const std::string& name : config.fully_trained) in_full[network.find(name, "fully_trained")] = true;

  TrainingPlan plan;
  plan.layers.resize(network.layers.size());
  for (std::size_t i = 0; i < network.layers.size(); ++i) {
    const Layer& layer = network.layers[i];
    LayerPlan& own = plan.layers[i];
    if (layer.tied_to >= 0) {
      // The table's gradient has a part from here; the table decides.
      own.scope = frozen[i] || plan.layers[layer.tied_to].scope != Scope::full ? Scope::frozen : Scope::full;
    } else {
      own.scope = frozen[i] ? Scope::frozen : scope_of(layer, config, in_full[i]);
    }
    own.batch_stats = layer.norm == Norm::batch && own.scope == Scope::full && !config.freeze.normalisation;
    own.trainable_parameters = trainable_parameters(layer, own, config);
    own.live = own.scope != Scope::frozen || std::any_of(layer.inputs.begin(), layer.inputs.end(),
                                                         [&](int input) { return plan.live(input); });
    own.keep_output = own.live && layer.act == Activation::sigmoid;
  }
  for (std::size_t i = 0; i < network.layers.size(); ++i) {
    const Layer& layer = network.layers[i];
    for (std::size_t k = 0; k < layer.inputs.size(); ++k) {
      if (!needs_input(layer, plan, plan.layers[i], k)) continue;
      // A flattened value is its source's tensor.
      int source = layer.inputs[k];
      while (source >= 0 && network.layers[source].op == LayerOp::flatten) {
        plan.layers[source].keep_output = true;
        source = network.layers[source].inputs[0];
      }
      (source == kNetworkInput ? plan.keep_input : plan.layers[source].keep_output) = true;
    }
  }
  return plan;
}

TrainingPlan plan_inference(const Network& network) {
  TrainingPlan plan;
  plan.layers.resize(network.layers.size());
  return plan;
}

}  // namespace kiln::workload
