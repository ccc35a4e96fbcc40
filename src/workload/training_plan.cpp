// SPDX-License-Identifier: MIT
#include "workload/training_plan.h"

#include <algorithm>
#include <cmath>
#include <iterator>

#include "base/error.h"
#include "base/text.h"
#include "workload/layer_kind.h"

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

/// Is the layer named: in full, by the last part of its name, or by a pattern?
bool is_target(const std::string& target, const std::string& layer) {
  return config::fits(target, layer) || config::fits("*." + target, layer);
}

/// Why a target of low-rank additions is refused. `names`: what it could be.
std::string no_target(const Network& network, const std::string& target,
                      const std::vector<std::string>& names) {
  for (const Layer& layer : network.layers) {
    if (is_target(target, layer.name) && layer.tied_to >= 0)
      return fmt::format("'{}' has no weights of its own for low-rank additions: it reads the table of '{}'",
                         target, network.layers[static_cast<std::size_t>(layer.tied_to)].name);
  }
  return fmt::format("'{}' fits no layer with a weight matrix{}", target, base::suggestion(target, names));
}

/// Ranks of the layers that `lora_targets` names; without it of all but experts, which have a pair of factors
/// each.
std::vector<std::int32_t> ranks_of(const Network& network, const TrainingConfig& config) {
  std::vector<std::int32_t> ranks(network.layers.size(), 0);
  if (config.lora_targets.empty())
    for (std::size_t i = 0; i < ranks.size(); ++i)
      if (network.layers[i].op != LayerOp::moe_experts) ranks[i] = config.lora_rank;
  for (const std::string& target : config.lora_targets) {
    bool found = false;
    std::vector<std::string> names;
    for (std::size_t i = 0; i < ranks.size(); ++i) {
      const Layer& layer = network.layers[i];
      if (!kind_of(layer.op).has_matrices(layer) || layer.tied_to >= 0) continue;
      std::string name = layer.name.substr(layer.name.rfind('.') + 1);
      if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(std::move(name));
      if (!is_target(target, layer.name)) continue;
      found = true;
      ranks[i] = config.lora_rank;
    }
    if (!found) throw base::ConfigError({}, "lora_targets", no_target(network, target, names));
  }
  return ranks;
}

/// What the training as a whole says of each layer, changed by the map of layers.
std::vector<LayerTraining> settings_of(const Network& network, const TrainingConfig& config) {
  const std::vector<bool> frozen = frozen_layers(network, config.freeze);
  const std::vector<std::int32_t> ranks = ranks_of(network, config);
  std::vector<LayerTraining> settings(network.layers.size());
  for (std::size_t i = 0; i < settings.size(); ++i) {
    settings[i].freeze = frozen[i] || !network.layers[i].trained;
    settings[i].precision = config.precision;
    settings[i].lora_rank = ranks[i];
  }
  for (const std::string& name : config.fully_trained)
    settings[network.find(name, "fully_trained")].fully_trained = true;
  std::vector<std::string> names;
  for (std::size_t i = 0; i < settings.size(); ++i) {
    names.push_back(network.layers[i].name);
    settings[i] = config.layers.apply(names.back(), settings[i]);
    if (config.kind == TrainingKind::none) settings[i].freeze = true;
  }
  config.layers.require_names(names, "training.layers");
  return settings;
}

bool is_shift(const Part& part) {
  return part.kind == PartKind::bias || part.kind == PartKind::recurrent_bias || part.kind == PartKind::shift;
}

/// `low_rank`: some layers get additions, and the others stay.
Scope scope_of(const Layer& layer, const TrainingConfig& config, const LayerTraining& own, bool low_rank) {
  if (own.fully_trained || (!config.bias_only && !low_rank))
    return layer.parameters() > 0 ? Scope::full : Scope::frozen;
  if (config.bias_only)
    return std::any_of(layer.parts.begin(), layer.parts.end(), is_shift) ? Scope::bias : Scope::frozen;
  const bool adapts = own.lora_rank > 0 && layer.tied_to < 0 && kind_of(layer.op).has_matrices(layer);
  return adapts ? Scope::lora : Scope::frozen;
}

Parts trained_parts(const Layer& layer, const LayerPlan& plan) {
  Parts trained;
  switch (plan.scope) {
    case Scope::frozen:
      return {};
    case Scope::full:
      trained = layer.parts;
      // Stored statistics fold the norm into the weights; its scale and shift stay as they are.
      if (layer.norm == Norm::batch && !plan.batch_stats)
        std::erase_if(trained,
                      [](const Part& p) { return p.kind == PartKind::scale || p.kind == PartKind::shift; });
      return packed(std::move(trained));
    case Scope::bias:
      std::copy_if(layer.parts.begin(), layer.parts.end(), std::back_inserter(trained), is_shift);
      return packed(std::move(trained));
    case Scope::lora: {
      if (const auto* experts = std::get_if<ExpertProduct>(&layer.operation))
        return packed({{PartKind::low_rank_down, {experts->experts(), plan.lora_rank, experts->in}},
                       {PartKind::low_rank_up, {experts->experts(), experts->out, plan.lora_rank}}});
      const std::int64_t outputs = layer.out.channels();
      const std::int64_t inputs = elements_of(layer.parts, PartKind::weight) / outputs;
      return packed({{PartKind::low_rank_down, {plan.lora_rank, inputs}},
                     {PartKind::low_rank_up, {outputs, plan.lora_rank}}});
    }
  }
  return {};
}

/// A view's value is its source's tensor: both are kept.
void keep_value(const Network& network, TrainingPlan& plan, int source) {
  while (source >= 0 && network.layers[source].view) {
    plan.layers[source].keep_output = true;
    source = network.layers[source].inputs[0].layer;
  }
  (source == kNetworkInput ? plan.keep_input : plan.layers[source].keep_output) = true;
}

/// By layer: does an error of the loss get there, if everything behind it passes one on?
std::vector<bool> reached_by_errors(const Network& network) {
  std::vector<bool> reached(network.layers.size(), false);
  for (const ValueRef& output : network.outputs) reached[static_cast<std::size_t>(output.layer)] = true;
  for (std::size_t i = network.layers.size(); i-- > 0;) {
    const Layer& layer = network.layers[i];
    for (std::size_t k = 0; reached[i] && k < layer.inputs.size(); ++k)
      if (layer.inputs[k].layer != kNetworkInput && kind_of(layer.op).passes_error(k))
        reached[static_cast<std::size_t>(layer.inputs[k].layer)] = true;
  }
  return reached;
}

}  // namespace

TrainingPlan plan_training(const Network& network, const TrainingConfig& config) {
  const std::vector<LayerTraining> settings = settings_of(network, config);
  const std::vector<bool> reached = reached_by_errors(network);
  const bool low_rank = std::any_of(settings.begin(), settings.end(),
                                    [](const LayerTraining& layer) { return layer.lora_rank > 0; });
  const bool backward = config.kind == TrainingKind::step;  // else nothing is trained, or without errors
  TrainingPlan plan;
  plan.layers.resize(network.layers.size());
  for (std::size_t i = 0; i < network.layers.size(); ++i) {
    const Layer& layer = network.layers[i];
    LayerPlan& own = plan.layers[i];
    own.precision = settings[i].precision;
    own.lora_rank = settings[i].lora_rank;
    if (layer.tied_to >= 0) {
      // The table's gradient has a part from here; the table decides.
      own.scope =
          settings[i].freeze || plan.layers[layer.tied_to].scope != Scope::full ? Scope::frozen : Scope::full;
    } else {
      own.scope =
          settings[i].freeze || !reached[i] ? Scope::frozen : scope_of(layer, config, settings[i], low_rank);
    }
    own.batch_stats = layer.norm == Norm::batch && own.scope == Scope::full && !config.freeze.normalisation;
    if (layer.tied_to < 0) {
      own.trained = trained_parts(layer, own);
      if (own.trained.empty()) own.scope = Scope::frozen;  // a norm alone, with stored statistics
    }
    const bool stays = own.scope == Scope::frozen || own.scope == Scope::lora;
    own.base_format =
        config.base_weights && stays && layer.tied_to < 0 && kind_of(layer.op).has_matrices(layer);
    own.live = backward && own.scope != Scope::frozen;
    for (std::size_t k = 0; backward && reached[i] && k < layer.inputs.size(); ++k)
      own.live = own.live || (plan.live(layer.inputs[k]) && kind_of(layer.op).passes_error(k));
    own.keep_output =
        own.live && (law_of(layer.act).keeps == Keeps::output || kind_of(layer.op).needs_output());
  }
  for (std::size_t i = 0; i < network.layers.size(); ++i) {
    const Layer& layer = network.layers[i];
    for (std::size_t k = 0; k < layer.inputs.size(); ++k) {
      const LayerPlan& own = plan.layers[i];
      if (own.live && kind_of(layer.op).needs_input(layer, plan, own, k))
        keep_value(network, plan, layer.inputs[k].layer);
    }
  }
  return plan;
}

double lora_scale(const TrainingConfig& config, std::int32_t rank) {
  return config.lora_alpha.value_or(rank) / rank;
}

TrainingPlan plan_inference(const Network& network) {
  TrainingPlan plan;
  plan.layers.resize(network.layers.size());
  return plan;
}

}  // namespace kiln::workload
