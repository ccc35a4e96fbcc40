// SPDX-License-Identifier: MIT
#include "cli/layer_settings.h"

#include "base/text.h"
#include "config/load.h"
#include "experiment/prepare.h"
#include "workload/training_plan.h"

namespace kiln::cli {

namespace {

std::string what_is_trained(const workload::Layer& layer, const workload::LayerPlan& plan) {
  if (layer.tied_to >= 0) return "the table it is tied to";
  switch (plan.scope) {
    case workload::Scope::frozen:
      return layer.parameters() == 0 ? "no parameters" : "frozen";
    case workload::Scope::full:
      return plan.trainable_parameters() == layer.parameters() ? "in full" : "without its norm";
    case workload::Scope::bias:
      return "biases and shifts";
    case workload::Scope::lora:
      return fmt::format("low-rank factors of rank {}", plan.lora_rank);
  }
  return "";
}

/// Storage that differs from layer to layer, and the three computing precisions.
std::string precision_text(const workload::PrecisionConfig& p) {
  const auto name = [](workload::Precision precision) { return config::enum_name(precision); };
  return fmt::format("weights {}, activations {}, saved {}, errors {}, gradients {}; computed in {}, {}, {}",
                     name(p.weights), name(p.activations), name(p.saved_activations), name(p.errors),
                     name(p.gradients), name(p.forward), name(p.dgrad), name(p.wgrad));
}

std::string codec_text(const compression::CodecConfig& codec) {
  std::string text =
      fmt::format("{} {}", config::enum_name(codec.selection), config::enum_name(codec.values));
  if (compression::is_low_rank(codec)) return fmt::format("power_sgd, rank {}", codec.rank);
  if (compression::is_sparse(codec)) text += fmt::format(", density {}", codec.density);
  return text;
}

std::string applied_text(const char* map, const std::vector<config::AppliedSetting>& applied) {
  std::string text;
  for (const config::AppliedSetting& setting : applied)
    text +=
        fmt::format("    {}: {}  from {}.{}, {}\n", setting.key, setting.value, map, setting.pattern,
                    setting.place.line == 0 ? setting.place.file
                                            : fmt::format("{}:{}", setting.place.file, setting.place.line));
  return text;
}

}  // namespace

std::string layer_settings(const std::string& path, const std::vector<std::string>& overrides) {
  const auto experiment = config::load<experiment::ExperimentConfig>(path, overrides).value;
  const workload::Network network = experiment::network_of(experiment);
  const workload::TrainingPlan plan = workload::plan_training(network, experiment.training);
  std::vector<std::string> names;
  for (const workload::Layer& layer : network.layers) names.push_back(layer.name);
  experiment.compression.layers.require_names(names, "compression.layers");

  std::string text;
  for (std::size_t i = 0; i < network.layers.size(); ++i) {
    const workload::Layer& layer = network.layers[i];
    const workload::LayerPlan& own = plan.layers[i];
    text += fmt::format("{}  {} of {}, {} parameters\n", layer.name, config::enum_name(layer.op),
                        layer.out.text(), layer.parameters());
    text += fmt::format("  trained: {}\n  precision: {}\n", what_is_trained(layer, own),
                        precision_text(own.precision));
    text += applied_text("training.layers", experiment.training.layers.applied(layer.name));
    if (!experiment.compression.enabled || own.trained.empty()) continue;
    text += fmt::format("  gradient: {}\n", codec_text(experiment.compression.codec_of(layer.name)));
    text += applied_text("compression.layers", experiment.compression.layers.applied(layer.name));
  }
  return base::shown(text, true);
}

}  // namespace kiln::cli
