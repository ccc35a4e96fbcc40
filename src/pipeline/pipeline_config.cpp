// SPDX-License-Identifier: MIT
#include "pipeline/pipeline_config.h"

#include "pipeline/pipeline_rules.h"

namespace kiln::pipeline {

using base::Dimension;

namespace {

constexpr double kMostTokens = 1e9;

}  // namespace

std::span<const config::EnumName<Task>> enum_names(const Task*) {
  static constexpr config::EnumName<Task> kNames[] = {{Task::infer, "infer"}, {Task::train, "train"}};
  return kNames;
}

const config::Record<SiteConfig>& describe(const SiteConfig*) {
  using C = SiteConfig;
  static const auto record =
      config::Record<C>("pipeline_site", "What surrounds a device: what a joule of it costs in all")
          .field("pue", &C::pue,
                 {.doc = "Energy of the whole site over that of its computing (power usage effectiveness, "
                         "ISO/IEC 30134-2)",
                  .min = 1,
                  .max = 10,
                  .source = "1: the device is all there is"})
          .field("carbon", &C::carbon_g_per_kwh,
                 {.doc = "Grams of CO2 equivalent per kWh of the supply",
                  .min = 0,
                  .max = 2000,
                  .source = "0: not counted; grids reach from some 20 (hydro, nuclear) to 800 (coal)"})
          .field("price", &C::price_per_kwh,
                 {.doc = "Price of a kWh, in the currency of the file",
                  .min = 0,
                  .max = 1e6,
                  .source = "0: not counted"});
  return record;
}

const config::Record<DeviceConfig>& describe(const DeviceConfig*) {
  using C = DeviceConfig;
  static const auto record =
      config::Record<C>("pipeline_device", "A device that stages run on")
          .field("name", &C::name, {.doc = "Name that stages call it by", .required = true})
          .field("experiment", &C::experiment,
                 {.doc = "Chip, package, policies, surroundings, and the network of stages without one of "
                         "their own; horizon and rate are not used",
                  .required = true})
          .field("count", &C::count,
                 {.doc = "Equal devices that share the stages' work", .min = 1, .max = 1024, .source = "one"})
          .field("in_network", &C::in_network,
                 {.doc = "It stands behind the network: relayed links (radio) end there without a radio of "
                         "its own",
                  .source = "devices at the edge have a radio each"})
          .field("site", &C::site, {.doc = "What surrounds it"});
  return record;
}

const config::Record<LinkUseConfig>& describe(const LinkUseConfig*) {
  using C = LinkUseConfig;
  static const auto record =
      config::Record<C>("pipeline_link", "A link between devices")
          .field("link", &C::link, {.doc = "The link", .required = true})
          .field(
              "network_energy", &C::network_j_per_bit,
              {.doc = "Of base stations, routers and fibres between its ends, per bit on the link",
               .unit = Dimension::energy_per_bit,
               .min = 0,
               .max = 1e-3,
               .source = "0: the ends alone; the Internet took 0.06 kWh/GB (27 uJ/bit) in 2015, half every "
                         "two years (Aslan et al., J. Industrial Ecology 2018)"})
          .field("network_carbon", &C::network_carbon_g_per_kwh,
                 {.doc = "Grams of CO2 equivalent per kWh of network_energy",
                  .min = 0,
                  .max = 2000,
                  .source = "0: not counted; grids reach from some 20 (hydro, nuclear) to 800 (coal)"});
  return record;
}

const config::Record<SourceConfig>& describe(const SourceConfig*) {
  using C = SourceConfig;
  static const auto record =
      config::Record<C>("pipeline_source", "Samples come in from a sensor")
          .field("rate", &C::per_s,
                 {.doc = "Samples per second, on average", .min = 1e-6, .max = 1e6, .required = true})
          .field("arrivals", &C::arrivals,
                 {.doc = "poisson: independent of one another; periodic: as a camera's frames",
                  .source = "sensors are clocked"})
          .field("energy", &C::sample_j,
                 {.doc = "Of the sensor, for a sample",
                  .unit = Dimension::energy,
                  .min = 0,
                  .max = 1e6,
                  .source = "0: not counted; camera modules take 1 to 10 mJ a VGA frame"});
  return record;
}

const config::Record<NetworkStageConfig>& describe(const NetworkStageConfig*) {
  using C = NetworkStageConfig;
  static const auto record =
      config::Record<C>("pipeline_network", "A network runs on the device; its steps are simulated")
          .field("task", &C::task,
                 {.doc = "infer: forward passes; train: training steps", .source = "most stages infer"})
          .field("workload", &C::workload,
                 {.doc = "The network", .source = "that of the device's experiment"})
          .field("training", &C::training,
                 {.doc = "Batch and precision, of task train all of it", .source = "that of the experiment"})
          .field("passes", &C::passes,
                 {.doc = "How often each sample goes through the network: epochs of a training, denoising "
                         "steps of a diffusion sampler",
                  .min = 1,
                  .max = 1e6,
                  .source = "once"})
          .field(
              "learning", &C::learning,
              {.doc = "A training is done on numbers, too, for as many epochs as `passes`: its accuracy, and "
                      "that of the model quantised behind it",
               .source = "none: time and joules alone"});
  return record;
}

const config::Record<QuantiseConfig>& describe(const QuantiseConfig*) {
  using C = QuantiseConfig;
  static const auto record =
      config::Record<C>("pipeline_quantise",
                        "Post-training quantisation of the stage's network: ranges from forward passes, "
                        "weights with a scale per output channel")
          .field("weights", &C::weights, {.doc = "What weights become", .source = "article: INT8"})
          .field("samples", &C::samples,
                 {.doc = "Samples that go through the network to find the ranges of its activations",
                  .min = 1,
                  .max = 1e6,
                  .source = "estimate: 100 to 500 are usual (TensorFlow Lite's guide)"})
          .field("size_limit", &C::most_bytes,
                 {.doc = "A larger model is not handed on",
                  .unit = Dimension::bytes,
                  .min = 1,
                  .max = 1e12,
                  .source = "none"})
          .field("accuracy_limit", &C::most_accuracy_loss,
                 {.doc = "A model that loses more of its accuracy is not handed on, in points of the whole; "
                         "its training has `learning`",
                  .unit = Dimension::fraction,
                  .min = 0,
                  .max = 1,
                  .source = "none"});
  return record;
}

const config::Record<StageConfig>& describe(const StageConfig*) {
  using C = StageConfig;
  static const auto record =
      config::Record<C>("pipeline_stage",
                        "Takes products of other stages and makes its own: a source, a network, or a store")
          .field("name", &C::name, {.doc = "Name that other stages call it by", .required = true})
          .field("on", &C::on, {.doc = "Its device", .required = true})
          .field("from", &C::from,
                 {.doc = "Stages whose products it takes, in one queue; empty: it takes nothing",
                  .source = "nothing is taken"})
          .field("after", &C::after,
                 {.doc = "It begins when each of these stages has made something", .source = "at once"})
          .field("via", &C::via,
                 {.doc = "The link that products of other devices come over", .source = "the same device"})
          .field("takes", &C::takes,
                 {.doc = "Products that it takes at a time; the last ones may be fewer",
                  .min = 1,
                  .max = kMostTokens,
                  .source = "a batch of its network; one to quantise or store"})
          .field("makes", &C::makes,
                 {.doc = "Products that it makes of them",
                  .min = 1,
                  .max = kMostTokens,
                  .source = "as many as it takes; of task train one, the model"})
          .field("samples", &C::samples,
                 {.doc = "Products in all, of a stage that takes nothing", .min = 1, .max = kMostTokens})
          .field("queue", &C::queue,
                 {.doc = "Products that may wait for it; behind a full queue stages wait, and sources lose "
                         "samples",
                  .min = 1,
                  .max = kMostTokens,
                  .source = "room for all"})
          .field("bytes", &C::bytes,
                 {.doc = "Of a product",
                  .unit = Dimension::bytes,
                  .min = 1,
                  .max = 1e12,
                  .source = "of task train and of quantise the model's; of a store what it took"})
          .field("price", &C::price,
                 {.doc = "Of a product besides energy, in the currency of the file: an annotator's wage, a "
                         "licence",
                  .min = 0,
                  .max = 1e6,
                  .source = "0: not counted; a person's label of an image costs some cents (estimate)"})
          .field("source", &C::source, {.doc = "Samples come in"})
          .field("network", &C::network, {.doc = "A network runs"})
          .field("quantise", &C::quantise, {.doc = "Its network is quantised"})
          .field("store", &C::store, {.doc = "Products are written to flash, as a model is deployed"})
          .with_own_from();
  return record;
}

const config::Record<PlanConfig>& describe(const PlanConfig*) {
  using C = PlanConfig;
  static const auto record =
      config::Record<C>("pipeline_plan", "A graph of stages: one way from raw data to inference")
          .field("name", &C::name, {.doc = "Name in reports", .required = true})
          .field("labelled", &C::labelled,
                 {.doc = "The stage whose products are the labelled samples that costs are for",
                  .required = true})
          .field("stages", &C::stages,
                 {.doc = "Stages, each behind those that it takes from; of those that share a device the "
                         "later goes first",
                  .required = true});
  return record;
}

const config::Record<PipelineConfig>& describe(const PipelineConfig*) {
  using C = PipelineConfig;
  static const auto record =
      config::Record<C>("pipeline", "From raw or generated samples to a deployed model, stage by stage")
          .field("name", &C::name, {.doc = "Name in reports", .required = true})
          .field("devices", &C::devices, {.doc = "The devices", .required = true})
          .field("links", &C::links, {.doc = "Links between them, by name", .source = "none"})
          .field("plans", &C::plans,
                 {.doc = "Ways to get there, each simulated by itself; the first is what others are held "
                         "against",
                  .required = true})
          .field("seed", &C::seed, {.doc = "Of arrivals and of errors of links", .source = "1"})
          .field("time_limit", &C::time_limit_s,
                 {.doc = "Device time after which a plan is given up",
                  .unit = Dimension::time,
                  .min = 1e-3,
                  .max = 366 * 86400.0,
                  .source = "a week"})
          .check(check_pipeline);
  return record;
}

}  // namespace kiln::pipeline
