// SPDX-License-Identifier: MIT
#include "learning/learning_config.h"

namespace kiln::learning {

using base::Dimension;

std::span<const config::EnumName<RateSchedule>> enum_names(const RateSchedule*) {
  static constexpr config::EnumName<RateSchedule> kNames[] = {
      {RateSchedule::constant, "constant"}, {RateSchedule::step, "step"}, {RateSchedule::cosine, "cosine"}};
  return kNames;
}

std::span<const config::EnumName<DeviceStart>> enum_names(const DeviceStart*) {
  static constexpr config::EnumName<DeviceStart> kNames[] = {{DeviceStart::hot, "hot"},
                                                             {DeviceStart::cold, "cold"}};
  return kNames;
}

std::span<const config::EnumName<FirstWeights>> enum_names(const FirstWeights*) {
  static constexpr config::EnumName<FirstWeights> kNames[] = {{FirstWeights::model, "model"},
                                                              {FirstWeights::random, "random"}};
  return kNames;
}

std::span<const config::EnumName<CellFault>> enum_names(const CellFault*) {
  static constexpr config::EnumName<CellFault> kNames[] = {{CellFault::flip, "flip"},
                                                           {CellFault::stuck, "stuck"}};
  return kNames;
}

std::span<const config::EnumName<Recover>> enum_names(const Recover*) {
  static constexpr config::EnumName<Recover> kNames[] = {{Recover::none, "none"},
                                                         {Recover::rollback, "rollback"}};
  return kNames;
}

const config::Record<RateConfig>& describe(const RateConfig*) {
  using C = RateConfig;
  static const auto record =
      config::Record<C>("rate", "Learning rate and what else the optimizer is told")
          .field("initial", &C::initial,
                 {.doc = "Learning rate",
                  .min = 1e-9,
                  .max = 1e3,
                  .source = "LeNet-5 at batch 64, momentum 0.9"})
          .field(
              "schedule", &C::schedule,
              {.doc = "constant; step: times `decay` in the last `decay_epochs`; cosine: down to `decay` of "
                      "it in half a period",
               .source = "rate decay is worth a point of accuracy"})
          .field("decay", &C::decay, {.doc = "Factor at the end", .min = 0, .max = 1, .source = "a tenth"})
          .field("decay_epochs", &C::decay_epochs,
                 {.doc = "Epochs at the lower rate", .min = 0, .max = 1e6, .source = "the last one"})
          .field("momentum", &C::momentum,
                 {.doc = "Of optimizer momentum", .min = 0, .max = 0.9999, .source = "usual"})
          .field("nesterov", &C::nesterov, {.doc = "Nesterov's momentum", .source = "off"})
          .field("beta1", &C::beta1,
                 {.doc = "Of Adam", .min = 0, .max = 0.9999, .source = "Kingma & Ba 2015"})
          .field("beta2", &C::beta2,
                 {.doc = "Of Adam", .min = 0, .max = 0.99999, .source = "Kingma & Ba 2015"})
          .field("epsilon", &C::epsilon,
                 {.doc = "Of Adam", .min = 1e-30, .max = 1, .source = "Kingma & Ba 2015"})
          .field("weight_decay", &C::weight_decay,
                 {.doc = "Share of the weights added to the gradient", .min = 0, .max = 1, .source = "none"})
          .field("perturbation", &C::perturbation,
                 {.doc = "Of training.kind zeroth_order: how far the weights move along the random direction",
                  .min = 1e-6,
                  .max = 1,
                  .source = "Malladi et al. 2023"});
  return record;
}

const config::Record<TensorFormatConfig>& describe(const TensorFormatConfig*) {
  using C = TensorFormatConfig;
  static const auto record =
      config::Record<C>("tensor_format",
                        "How a class of tensors holds numbers of the width in training.precision")
          .field("fp8", &C::fp8, {.doc = "Which of the two formats", .source = "E4M3, the finer one"})
          .field("rounding", &C::rounding,
                 {.doc = "nearest (ties to even) or stochastic", .source = "nearest"})
          .field("scale", &C::scale,
                 {.doc = "Of integers. maximum: the largest value takes the largest code; fixed: `step`",
                  .source = "maximum"})
          .field("step", &C::step,
                 {.doc = "Value of one unit of integers with a fixed scale",
                  .min = 1e-30,
                  .max = 1e30,
                  .source = "1/16"})
          .field("block", &C::block,
                 {.doc = "Values that share a scale; 0: integers one per tensor, fp8 none",
                  .min = 0,
                  .max = 1 << 24,
                  .source = "the whole tensor"});
  return record;
}

const config::Record<FormatsConfig>& describe(const FormatsConfig*) {
  using C = FormatsConfig;
  static const auto record =
      config::Record<C>("formats", "Number formats beside their widths, per class of tensors")
          .field("weights", &C::weights, {.doc = "The computing copy of the weights"})
          .field("activations", &C::activations, {.doc = "Values between layers, and the input"})
          .field("saved_activations", &C::saved_activations, {.doc = "What is kept for the backward pass"})
          .field("errors", &C::errors, {.doc = "Derivatives with respect to activations"})
          .field("gradients", &C::gradients, {.doc = "Derivatives with respect to weights"})
          .field("optimizer_state", &C::optimizer_state, {.doc = "Velocity, moments"});
  return record;
}

const config::Record<LossScaleConfig>& describe(const LossScaleConfig*) {
  using C = LossScaleConfig;
  static const auto record =
      config::Record<C>("loss_scale", "Of training.loss_scaling")
          .field("initial", &C::initial,
                 {.doc = "Scale of the loss; kind dynamic begins with it",
                  .min = 1e-6,
                  .max = 1e9,
                  .source = "2^10"})
          .field("most_saturated", &C::most_saturated,
                 {.doc = "Kind dynamic halves the scale behind a step in which more of the errors saturated: "
                         "E4M3 and integers have no infinity",
                  .unit = Dimension::fraction,
                  .min = 0,
                  .max = 1,
                  .source = "estimate: few enough to be harmless"});
  return record;
}

const config::Record<FaultTargets>& describe(const FaultTargets*) {
  using C = FaultTargets;
  static const auto record =
      config::Record<C>("fault_targets", "Which tensors lie in cells that fail")
          .field("weights", &C::weights, {.doc = "Computing copies of the weights", .source = "all"})
          .field("activations", &C::activations, {.doc = "Activations, kept ones too", .source = "all"})
          .field("errors", &C::errors, {.doc = "Errors", .source = "all"})
          .field("gradients", &C::gradients, {.doc = "Gradients of the weights", .source = "all"})
          .field("optimizer_state", &C::optimizer_state,
                 {.doc = "Velocity, moments, masters", .source = "all"})
          .field("residuals", &C::residuals,
                 {.doc = "What gradient codecs have not sent yet (error feedback)", .source = "all"});
  return record;
}

const config::Record<FaultsConfig>& describe(const FaultsConfig*) {
  using C = FaultsConfig;
  static const auto record =
      config::Record<C>("faults", "Cells that do not hold what is written to them")
          .field(
              "bit_error_rate", &C::bit_error_rate,
              {.doc = "Share of the cells that fail, in every memory; absent: of the device, epoch by epoch: "
                      "cells of the gradient buffer by voltage and temperature, cells of the DRAM by "
                      "temperature and time between refreshes, each under the tensors that lie there",
               .min = 0,
               .max = 0.5})
          .field("persistent", &C::persistent,
                 {.doc = "The same cells fail again; else other ones at every write",
                  .source = "low-voltage SRAM: failing cells are a property of the die"})
          .field(
              "cells", &C::cells,
              {.doc = "flip: the other value is read; stuck: always one value, right in half of the cases. "
                      "DRAM cells that leak by the device's conditions are read without charge",
               .source = "the harder case"})
          .field(
              "secded", &C::secded,
              {.doc =
                   "Words of 64 bits: one wrong bit is corrected, two are found and the word is read as 0. "
                   "DRAM at the device's conditions has soc.memory.dram.ecc instead",
               .source = "off"})
          .field("guard", &C::guard,
                 {.doc = "Floats that come back larger than this are taken as 0; 0: no guard",
                  .min = 0,
                  .max = 1e30,
                  .source = "none"})
          .field("targets", &C::targets, {.doc = "Which tensors lie there"})
          .field(
              "links", &C::links,
              {.doc =
                   "Links between tiles and memories that flip bits of gradients on their way; absent: none "
                   "does"})
          .field("in_training", &C::in_training,
                 {.doc = "false: only while it is judged", .source = "always"})
          .field("chip", &C::chip, {.doc = "Seed of the cells: another die", .source = "any"})
          .field(
              "restored_by_access", &C::restored_by_access,
              {.doc = "DRAM rows that a step opens are restored by it, so data is held for a step if that is "
                      "shorter than a refresh interval",
               .source = "off, the upper bound that bit_errors.dram of stats.json takes, too"})
          .field("recover", &C::recover,
                 {.doc = "Behind a step with a word found wrong or a loss that is no number. none: go on; "
                         "rollback: back to the last checkpoint, what was learnt since is lost; words found "
                         "wrong are replaced by spare ones",
                  .source = "none"})
          .field("checkpoint_steps", &C::checkpoint_steps,
                 {.doc = "Steps between two checkpoints in memory; an epoch begins with one",
                  .min = 1,
                  .max = 1e7,
                  .source = "estimate: copies of weights and states cost less than a hundredth then"})
          .check([](const C& c, config::Checker& check) {
            if (c.recover == Recover::none && c.checkpoint_steps != C{}.checkpoint_steps)
              check.fail("checkpoint_steps",
                         "does nothing without recover: rollback; give it or remove this");
            if (c.restored_by_access && c.bit_error_rate)
              check.fail("restored_by_access",
                         "does nothing where bit_error_rate is given; remove one of them");
          });
  return record;
}

const config::Record<LearningConfig>& describe(const LearningConfig*) {
  using C = LearningConfig;
  static const auto record =
      config::Record<C>("learning", "Training on data, on the chip that is simulated")
          .field("data", &C::data, {.doc = "What it is trained and judged on"})
          .field("epochs", &C::epochs,
                 {.doc = "Epochs at most; training ends earlier at the target",
                  .min = 1,
                  .max = 1e5,
                  .source = "five"})
          .field("steps_per_epoch", &C::steps_per_epoch,
                 {.doc = "Steps of an epoch; 0: all samples once", .min = 0, .max = 1e7, .source = "all"})
          .field("target_accuracy", &C::target_accuracy,
                 {.doc = "Accuracy at which energy and time are read; 0: none, all epochs are run. Of "
                         "workload.loss cross_entropy",
                  .unit = Dimension::fraction,
                  .min = 0,
                  .max = 1,
                  .source = "none"})
          .field("seeds", &C::seeds,
                 {.doc = "Trainings, with seeds from run.seed on: their spread is reported",
                  .min = 1,
                  .max = 64,
                  .source = "one"})
          .field("workers", &C::workers,
                 {.doc = "Slices of the batch with a gradient of their own; absent: one per NPU tile, or per "
                         "sample if those are fewer",
                  .min = 1,
                  .max = 4096})
          .field("rate", &C::rate, {.doc = "Learning rate and the optimizer's other numbers"})
          .field("formats", &C::formats, {.doc = "Rounding and scales of number formats"})
          .field("loss_scale", &C::loss_scale, {.doc = "Of training.loss_scaling"})
          .field("faults", &C::faults, {.doc = "Cells that fail; absent: none"})
          .field("staleness", &C::staleness,
                 {.doc = "How many updates the weights of a gradient have missed; absent: none"})
          .field("weights", &C::weights,
                 {.doc = "model: begin with the weights of workload.model, random ones where it has none; "
                         "random: with random ones",
                  .source = "a model that is brought along is to be learnt on"})
          .field("start", &C::start,
                 {.doc = "hot: the device begins in its periodic steady state; cold: at ambient temperature",
                  .source = "hot, as in use"});
  return record;
}

}  // namespace kiln::learning
