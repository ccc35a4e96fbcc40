// SPDX-License-Identifier: MIT
#include "squeeze/squeeze_config.h"

#include "base/text.h"

namespace kiln::squeeze {

using base::Dimension;

namespace {

void check_step(const StepConfig& step, config::Checker& check) {
  const bool changes = step.network || !step.depthwise_separable.empty() || step.prune || step.quantise;
  if (!changes && !step.distil && step.epochs == 0)
    check.fail("epochs", "is 0, and nothing else is done: name a transformation, or say how long it learns");
  if (step.distil && step.epochs == 0)
    check.fail("distil", "has no effect while epochs is 0; say how long the student learns");
}

void check_squeeze(const SqueezeConfig& c, config::Checker& check) {
  std::vector<std::string> names;
  for (const auto& entry : c.steps) names.push_back(entry.first);
  bool learns = false;
  for (const auto& [chain, steps] : c.chains) {
    if (steps.empty()) check.fail("chains." + chain, "is empty; name the steps in their order");
    for (const std::string& step : steps) {
      const auto found = c.steps.find(step);
      if (found == c.steps.end())
        check.fail("chains." + chain,
                   fmt::format("names no step: '{}'{}", step, base::suggestion(step, names)));
      else
        learns |= found->second.epochs > 0;
    }
  }
  if (c.chains.empty()) check.fail("chains", "is empty; name one at least, as {small: [prune, quantise]}");
  if (c.experiment.training.kind == workload::TrainingKind::none)
    check.fail("experiment", "has training.kind none; a network is trained before it is squeezed");
  if (c.experiment.training.kind == workload::TrainingKind::zeroth_order)
    check.fail("experiment",
               "has training.kind zeroth_order, which no step of a chain can be; use kind: step");
  if (!c.experiment.topology.empty())
    check.fail("experiment", "has a topology, whose layers no step can change; use a workload");
  if (c.experiment.training.distillation || c.experiment.training.pruning ||
      c.experiment.training.quantisation_aware)
    check.fail("experiment",
               "is squeezed before the first step; take distillation, pruning and "
               "quantisation_aware out of its training and make them steps");
  if (learns && !c.experiment.learning && !c.samples)
    check.fail("samples", "is missing; say how many samples an epoch has, or give experiment.learning");
  if (c.experiment.learning && c.samples)
    check.fail("samples", "has no effect beside experiment.learning, which has its own data");
}

}  // namespace

const config::Record<DistilConfig>& describe(const DistilConfig*) {
  using C = DistilConfig;
  static const auto record =
      config::Record<C>("squeeze_distil",
                        "Learning from the outputs of the network that the chain began with")
          .field("share", &C::share,
                 {.doc = "Share of the loss that is the teacher's; the rest is the labels'",
                  .unit = Dimension::fraction,
                  .min = 0,
                  .max = 1,
                  .source = "estimate: half of it; Hinton et al. 2015 weigh the labels less"})
          .field("temperature", &C::temperature,
                 {.doc = "Of both softmaxes",
                  .min = 0.1,
                  .max = 100,
                  .source = "Hinton et al. 2015: 2.5 to 4 for small students, 20 for large ones"});
  return record;
}

const config::Record<StepConfig>& describe(const StepConfig*) {
  using C = StepConfig;
  static const auto record =
      config::Record<C>("squeeze_step", "What is done to a network, and how long it learns afterwards")
          .field("network", &C::network,
                 {.doc = "Another network takes its place: an efficient architecture"})
          .field(
              "depthwise_separable", &C::depthwise_separable,
              {.doc =
                   "Convolutions that are split into a depthwise and a pointwise one; all: each that can be",
               .source = "none"})
          .field("prune", &C::prune,
                 {.doc = "Weights that are held at zero from now on, or channels removed"})
          .field(
              "quantise", &C::quantise,
              {.doc = "Weights and activations become integers: behind the training where epochs is 0, while "
                      "it learns otherwise"})
          .field("distil", &C::distil, {.doc = "It learns from the network that the chain began with"})
          .field("epochs", &C::epochs,
                 {.doc = "How long the network learns with this and all earlier steps applied",
                  .min = 0,
                  .max = 1e4,
                  .source = "0: not at all"})
          .field("rate_factor", &C::rate_factor,
                 {.doc = "Of the learning rate, over that of the first training",
                  .min = 1e-6,
                  .max = 100,
                  .source = "estimate: fine-tuning at a tenth, as Han et al. 2015 retrain pruned networks"})
          .field("calibration", &C::calibration,
                 {.doc = "Samples whose forward passes find the ranges of a quantisation without learning",
                  .min = 1,
                  .max = 1e6,
                  .source = "estimate: 100 to 500 are usual (TensorFlow Lite's guide)"})
          .check(check_step);
  return record;
}

std::span<const config::EnumName<Minimise>> enum_names(const Minimise*) {
  static constexpr config::EnumName<Minimise> kNames[] = {{Minimise::download, "download"},
                                                          {Minimise::energy, "energy"}};
  return kNames;
}

const config::Record<ScenarioConfig>& describe(const ScenarioConfig*) {
  using C = ScenarioConfig;
  static const auto record =
      config::Record<C>("squeeze_scenario", "Where a model is to live, and what is scarce there")
          .field("link", &C::link, {.doc = "What the model comes over", .required = true})
          .field("inferences", &C::inferences,
                 {.doc = "Inferences of a device until it gets the next model",
                  .min = 0,
                  .max = 1e15,
                  .source = "estimate: some hundred a day for a season"})
          .field("devices", &C::devices,
                 {.doc = "Devices that share what squeezing costs",
                  .min = 1,
                  .max = 1e10,
                  .source = "estimate: a small fleet"})
          .field("minimise", &C::minimise,
                 {.doc = "download: the time until the model is there; energy: of the device, download and "
                         "inferences, and its share of squeezing",
                  .source = "a battery or a bill pays"})
          .field("accuracy_loss", &C::accuracy_loss,
                 {.doc = "Most that the accuracy may fall, in points of the whole",
                  .unit = Dimension::fraction,
                  .min = 0,
                  .max = 1,
                  .source = "articles: one point"});
  return record;
}

const config::Record<SqueezeConfig>& describe(const SqueezeConfig*) {
  using C = SqueezeConfig;
  static const auto record =
      config::Record<C>("squeeze", "A network made smaller step by step, in several orders, for a chip")
          .field("name", &C::name, {.doc = "Name in reports", .required = true})
          .field("experiment", &C::experiment,
                 {.doc = "Chip, network and training; with learning its epochs are the first training, and "
                         "accuracies are learnt",
                  .required = true})
          .field("batch", &C::batch,
                 {.doc = "Samples of an inference", .min = 1, .max = 1e6, .source = "one"})
          .field("samples", &C::samples,
                 {.doc = "Training samples of an epoch, where nothing is learnt on numbers",
                  .min = 1,
                  .max = 1e9})
          .field("steps", &C::steps, {.doc = "What chains are made of, by name", .required = true})
          .field("chains", &C::chains, {.doc = "Steps in an order, by name of the chain", .required = true})
          .field("scenarios", &C::scenarios,
                 {.doc = "Where the models shall live: which chain is best there", .source = "none"})
          .field("formats", &C::formats,
                 {.doc = "A table of the formats that the chip has, and what those cost that it has not",
                  .source = "seven inferences more are simulated"})
          .check(check_squeeze);
  return record;
}

}  // namespace kiln::squeeze
