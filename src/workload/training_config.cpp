// SPDX-License-Identifier: MIT
#include "workload/training_config.h"

namespace kiln::workload {

using base::Dimension;

std::span<const config::EnumName<OptimizerKind>> enum_names(const OptimizerKind*) {
  static constexpr config::EnumName<OptimizerKind> names[] = {
      {OptimizerKind::sgd, "sgd"}, {OptimizerKind::momentum, "momentum"}, {OptimizerKind::adam, "adam"}};
  return names;
}

std::span<const config::EnumName<TrainingKind>> enum_names(const TrainingKind*) {
  static constexpr config::EnumName<TrainingKind> names[] = {{TrainingKind::step, "step"},
                                                             {TrainingKind::zeroth_order, "zeroth_order"},
                                                             {TrainingKind::none, "none"}};
  return names;
}

std::span<const config::EnumName<NormStatistics>> enum_names(const NormStatistics*) {
  static constexpr config::EnumName<NormStatistics> names[] = {
      {NormStatistics::per_tile, "per_tile"}, {NormStatistics::synchronised, "synchronised"}};
  return names;
}

std::span<const config::EnumName<UpdateSchedule>> enum_names(const UpdateSchedule*) {
  static constexpr config::EnumName<UpdateSchedule> names[] = {{UpdateSchedule::at_end, "at_end"},
                                                               {UpdateSchedule::as_ready, "as_ready"}};
  return names;
}

std::span<const config::EnumName<RecomputeMode>> enum_names(const RecomputeMode*) {
  static constexpr config::EnumName<RecomputeMode> names[] = {{RecomputeMode::none, "none"},
                                                              {RecomputeMode::sqrt, "sqrt"},
                                                              {RecomputeMode::segments, "segments"},
                                                              {RecomputeMode::blocks, "blocks"},
                                                              {RecomputeMode::optimal, "optimal"}};
  return names;
}

std::span<const config::EnumName<LossScalingKind>> enum_names(const LossScalingKind*) {
  static constexpr config::EnumName<LossScalingKind> names[] = {{LossScalingKind::none, "none"},
                                                                {LossScalingKind::fixed, "fixed"},
                                                                {LossScalingKind::dynamic, "dynamic"}};
  return names;
}

std::span<const config::EnumName<SparsityPattern>> enum_names(const SparsityPattern*) {
  static constexpr config::EnumName<SparsityPattern> names[] = {
      {SparsityPattern::unstructured, "unstructured"},
      {SparsityPattern::n_of_m, "n_of_m"},
      {SparsityPattern::channels, "channels"}};
  return names;
}

const config::Record<OptimizerConfig>& describe(const OptimizerConfig*) {
  static const auto record =
      config::Record<OptimizerConfig>("optimizer", "Rule that turns gradients into new weights")
          .field("kind", &OptimizerConfig::kind,
                 {.doc = "sgd keeps no state, momentum one value per parameter, adam two"})
          .field("master_weights", &OptimizerConfig::master_weights,
                 {.doc = "Keep an fp32 copy of the weights when the computing copy is narrower",
                  .source = "Micikevicius et al. 2018, section 3.1"});
  return record;
}

const config::Record<PrecisionConfig>& describe(const PrecisionConfig*) {
  constexpr std::string_view kMixed = "mixed-precision training, Micikevicius et al. 2018";
  static const auto record =
      config::Record<PrecisionConfig>("precision",
                                      "Storage per tensor class and computing precision per phase")
          .field("weights", &PrecisionConfig::weights,
                 {.doc = "Computing copy of the weights", .source = kMixed})
          .field("activations", &PrecisionConfig::activations,
                 {.doc = "Layer outputs in the forward pass", .source = kMixed})
          .field("saved_activations", &PrecisionConfig::saved_activations,
                 {.doc = "What is kept from forward to backward; narrower than activations costs a copy",
                  .source = kMixed})
          .field("errors", &PrecisionConfig::errors, {.doc = "Gradients of activations", .source = kMixed})
          .field("gradients", &PrecisionConfig::gradients,
                 {.doc = "Gradients of weights as accumulated in memory",
                  .source = "estimate: width of the accumulators"})
          .field("optimizer_state", &PrecisionConfig::optimizer_state,
                 {.doc = "Momentum and Adam moments", .source = kMixed})
          .field("forward", &PrecisionConfig::forward,
                 {.doc = "Multiplications of the forward pass", .source = kMixed})
          .field("dgrad", &PrecisionConfig::dgrad,
                 {.doc = "Multiplications for activation gradients", .source = kMixed})
          .field("wgrad", &PrecisionConfig::wgrad,
                 {.doc = "Multiplications for weight gradients", .source = kMixed});
  return record;
}

const config::Record<FreezeConfig>& describe(const FreezeConfig*) {
  static const auto record =
      config::Record<FreezeConfig>(
          "freeze", "Layers that are not trained; prefix = near the input, suffix = near the output")
          .field(
              "prefix_layers", &FreezeConfig::prefix_layers,
              {.doc = "Freeze all before the weighted layer that follows the first N", .min = 0, .max = 1e6})
          .field("prefix_fraction", &FreezeConfig::prefix_fraction,
                 {.doc = "The same as a share of the weighted layers, rounded half to even",
                  .unit = Dimension::fraction,
                  .min = 0,
                  .max = 1})
          .field("suffix_layers", &FreezeConfig::suffix_layers,
                 {.doc = "Freeze the last N weighted layers and all behind the first of them",
                  .min = 0,
                  .max = 1e6})
          .field("suffix_fraction", &FreezeConfig::suffix_fraction,
                 {.doc = "The same as a share of the weighted layers, rounded half to even",
                  .unit = Dimension::fraction,
                  .min = 0,
                  .max = 1})
          .field("layers", &FreezeConfig::layers, {.doc = "Further layers by name"})
          .field("normalisation", &FreezeConfig::normalisation,
                 {.doc = "Batch norms use stored statistics everywhere and are not trained"})
          .check([](const FreezeConfig& freeze, config::Checker& check) {
            const int given = freeze.prefix_layers.has_value() + freeze.prefix_fraction.has_value() +
                              freeze.suffix_layers.has_value() + freeze.suffix_fraction.has_value();
            if (given > 1)
              check.fail(freeze.prefix_fraction ? "prefix_fraction"
                         : freeze.suffix_layers ? "suffix_layers"
                                                : "suffix_fraction",
                         "only one of prefix_layers, prefix_fraction, suffix_layers and suffix_fraction may "
                         "be given");
          });
  return record;
}

const config::Record<RecomputeConfig>& describe(const RecomputeConfig*) {
  static const auto record =
      config::Record<RecomputeConfig>(
          "recompute", "Gradient checkpointing: forward segments executed again, Chen et al. 2016")
          .field(
              "mode", &RecomputeConfig::mode,
              {.doc = "sqrt: as many segments as the root of the units between cut points; blocks: one for "
                      "each of the equal blocks of a network; optimal: the least recomputation with which "
                      "the step fits the memory"})
          .field("segments", &RecomputeConfig::segments,
                 {.doc = "Number of segments of mode `segments`",
                  .min = 1,
                  .max = 10000,
                  .source = "estimate: near the root for networks of 16 blocks"});
  return record;
}

const config::Record<LossScalingConfig>& describe(const LossScalingConfig*) {
  static const auto record =
      config::Record<LossScalingConfig>("loss_scaling",
                                        "Keeps small errors inside the range of narrow floats")
          .field("kind", &LossScalingConfig::kind,
                 {.doc = "dynamic checks all gradients for overflow and skips bad steps"})
          .field("growth_interval", &LossScalingConfig::growth_interval,
                 {.doc = "Good steps between two attempts at a larger scale; each attempt costs one skipped "
                         "step in the long run",
                  .min = 1,
                  .max = 1e9,
                  .source = "PyTorch GradScaler default"});
  return record;
}

const config::Record<QuantisationConfig>& describe(const QuantisationConfig*) {
  static const auto record =
      config::Record<QuantisationConfig>("quantisation_aware",
                                         "Fake quantisation in the forward pass, Jacob et al. 2018")
          .field("weights", &QuantisationConfig::weights,
                 {.doc = "Weights of the forward pass", .source = "Jacob et al. 2018"})
          .field("activations", &QuantisationConfig::activations,
                 {.doc = "Layer outputs", .source = "Jacob et al. 2018"});
  return record;
}

const config::Record<DistillationConfig>& describe(const DistillationConfig*) {
  static const auto record =
      config::Record<DistillationConfig>(
          "distillation", "A frozen teacher's forward pass and its term in the loss, Hinton et al. 2015")
          .field("teacher", &DistillationConfig::teacher,
                 {.doc = "Network file of the teacher", .required = true})
          .field("precision", &DistillationConfig::precision,
                 {.doc = "Teacher's storage and computing precision", .source = "estimate: as the student"});
  return record;
}

const config::Record<PruningConfig>& describe(const PruningConfig*) {
  static const auto record =
      config::Record<PruningConfig>("pruning", "Weights held at zero, or whole channels removed")
          .field(
              "pattern", &PruningConfig::pattern,
              {.doc = "channels shrinks inner layers; the others keep shapes and lower the weights' density"})
          .field("sparsity", &PruningConfig::sparsity,
                 {.doc = "Share of weights or channels removed (n_of_m: given by n and m)",
                  .unit = Dimension::fraction,
                  .min = 0,
                  .max = 0.99,
                  .source = "estimate: common point of Han et al. 2015"})
          .field(
              "n", &PruningConfig::n,
              {.doc = "Non-zeros per group of m", .min = 1, .max = 64, .source = "Mishra et al. 2021, 2:4"})
          .field("m", &PruningConfig::m,
                 {.doc = "Group size", .min = 2, .max = 64, .source = "Mishra et al. 2021, 2:4"})
          .check([](const PruningConfig& pruning, config::Checker& check) {
            if (pruning.n > pruning.m) check.fail("n", fmt::format("must not exceed m = {}", pruning.m));
          });
  return record;
}

std::span<const config::EnumName<BaseFormat>> enum_names(const BaseFormat*) {
  static constexpr config::EnumName<BaseFormat> names[] = {
      {BaseFormat::nf4, "nf4"}, {BaseFormat::int4, "int4"}, {BaseFormat::int8, "int8"}};
  return names;
}

std::span<const config::EnumName<AttentionMethod>> enum_names(const AttentionMethod*) {
  static constexpr config::EnumName<AttentionMethod> names[] = {
      {AttentionMethod::materialised, "materialised"}, {AttentionMethod::tiled, "tiled"}};
  return names;
}

double BaseWeightsConfig::bits() const {
  constexpr double kScale = 32, kCodedScale = 8, kScalesInBlock = 256;
  const double own = format == BaseFormat::int8 ? 8 : 4;
  return own + (double_quantised ? (kCodedScale + kScale / kScalesInBlock) / block : kScale / block);
}

const config::Record<BaseWeightsConfig>& describe(const BaseWeightsConfig*) {
  constexpr std::string_view kQlora = "Dettmers et al. 2023, section 3";
  static const auto record =
      config::Record<BaseWeightsConfig>("base_weights",
                                        "Frozen weights of products, stored in blocks with a scale each and "
                                        "turned into the computing format whenever they are read")
          .field("format", &BaseWeightsConfig::format,
                 {.doc = "nf4: 4 bits, looked up; int4, int8: scaled", .source = kQlora})
          .field("block", &BaseWeightsConfig::block,
                 {.doc = "Weights that share a scale", .min = 8, .max = 65536, .source = kQlora})
          .field("double_quantised", &BaseWeightsConfig::double_quantised,
                 {.doc = "Scales in 8 bits, 256 of them with a scale of their own; false: fp32 scales",
                  .source = kQlora});
  return record;
}

namespace {

void check_inference(const TrainingConfig& training, config::Checker& check) {
  constexpr std::string_view kWhy = "belongs to a training step; remove it or kind: none";
  if (training.distillation) check.fail("distillation", std::string(kWhy));
  if (training.recompute.mode != RecomputeMode::none) check.fail("recompute", std::string(kWhy));
  if (training.loss_chunk) check.fail("loss_chunk", std::string(kWhy));
  if (training.loss_scaling.kind != LossScalingKind::none) check.fail("loss_scaling", std::string(kWhy));
}

/// Two losses and a direction are all that such a step has.
void check_zeroth_order(const TrainingConfig& training, config::Checker& check) {
  const auto refuse = [&](bool given, const char* key, const char* why) {
    if (given) check.fail(key, fmt::format("kind: zeroth_order {}", why));
  };
  refuse(training.optimizer.kind != OptimizerKind::sgd, "optimizer",
         "keeps no state between steps; write optimizer: {kind: sgd, master_weights: false}");
  refuse(training.optimizer.kind == OptimizerKind::sgd && training.optimizer.master_weights, "optimizer",
         "changes the weights where they lie, without a copy; write master_weights: false");
  refuse(training.recompute.mode != RecomputeMode::none, "recompute",
         "keeps no activation that could be computed again; remove it");
  refuse(training.loss_scaling.kind != LossScalingKind::none, "loss_scaling",
         "has no errors that could vanish; remove it");
  refuse(training.update == UpdateSchedule::at_end, "update",
         "updates behind the second loss, whatever this says; remove it");
  refuse(training.distillation.has_value(), "distillation", "knows no teacher; remove it");
  refuse(training.pruning && training.pruning->pattern != SparsityPattern::channels, "pruning",
         "would perturb weights that are held at zero; use pattern: channels, or remove it");
}

void check_training(const TrainingConfig& training, config::Checker& check) {
  if (training.kind == TrainingKind::none) check_inference(training, check);
  if (training.kind == TrainingKind::zeroth_order)
    check_zeroth_order(training, check);
  else if (training.fused_restore)
    check.fail("fused_restore", "says something of kind: zeroth_order; give that kind, or remove it");
  if (training.batch % training.micro_batches != 0)
    check.fail("micro_batches",
               fmt::format("{} does not divide batch = {}", training.micro_batches, training.batch));
  if (training.bias_only && training.lora_rank > 0) check.fail("lora_rank", "excludes bias_only: true");
  if (training.loss_chunk && training.distillation)
    check.fail("loss_chunk", "excludes distillation, whose teacher gives its outputs whole");
  const bool low_rank = training.lora_rank > 0;
  constexpr std::string_view kNoRank = "says something of lora_rank, which is 0; give a rank, or remove it";
  if (training.lora_alpha && !low_rank) check.fail("lora_alpha", std::string(kNoRank));
  if (!training.lora_targets.empty() && !low_rank) check.fail("lora_targets", std::string(kNoRank));
  if (training.base_weights && training.quantisation_aware)
    check.fail("base_weights",
               "excludes quantisation_aware, which stores frozen weights in a format of its own");
  if (training.update == UpdateSchedule::as_ready && training.loss_scaling.kind == LossScalingKind::dynamic)
    check.fail("update", "dynamic loss scaling looks at all gradients first; write update: at_end");
}

}  // namespace

const config::Record<LayerTraining>& describe(const LayerTraining*) {
  static const auto record =
      config::Record<LayerTraining>("layer_training", "How the layers that fit a name or pattern are trained")
          .field("freeze", &LayerTraining::freeze,
                 {.doc = "Not trained; false trains a layer that `freeze` leaves out"})
          .field("lora_rank", &LayerTraining::lora_rank,
                 {.doc = "Rank of the additions to its weights; 0: none", .min = 0, .max = 4096})
          .field("fully_trained", &LayerTraining::fully_trained,
                 {.doc = "Trained in full in spite of bias_only or lora_rank"})
          .field("precision", &LayerTraining::precision, {.doc = "Precisions of this layer"})
          .field("attention", &LayerTraining::attention,
                 {.doc = "Where the scores go that this attention_values layer reads"});
  return record;
}

const config::Record<TrainingConfig>& describe(const TrainingConfig*) {
  static const auto record =
      config::Record<TrainingConfig>(
          "training",
          "One training step: batch, optimizer, precisions, what is trained and what is kept; or the word "
          "none: inference")
          .one_word<TrainingKind>("kind")
          .field("kind", &TrainingConfig::kind,
                 {.doc = "step; zeroth_order: two forward passes, the weights moved along a random direction "
                         "and back (MeZO, Malladi et al. 2023), no backward pass; none: the forward pass "
                         "alone with stored statistics, nothing is kept",
                  .source = "the project trains"})
          .field("batch", &TrainingConfig::batch,
                 {.doc = "Samples per step, over all tiles",
                  .min = 1,
                  .max = 1 << 20,
                  .source = "the project's reference case"})
          .field("micro_batches", &TrainingConfig::micro_batches,
                 {.doc = "Parts of the batch whose gradients are accumulated", .min = 1, .max = 1 << 20})
          .field("fused_restore", &TrainingConfig::fused_restore,
                 {.doc = "zeroth_order: weights are put back in the pass that updates them; false: in one of "
                         "its own",
                  .source = "Malladi et al. 2023, algorithm 1"})
          .field("optimizer", &TrainingConfig::optimizer, {.doc = "Optimizer"})
          .field("precision", &TrainingConfig::precision, {.doc = "Precisions"})
          .field("freeze", &TrainingConfig::freeze, {.doc = "Frozen layers"})
          .field("bias_only", &TrainingConfig::bias_only,
                 {.doc = "Train biases and norm shifts alone (Cai et al. 2020)"})
          .field("lora_rank", &TrainingConfig::lora_rank,
                 {.doc = "Rank of trained low-rank additions to frozen conv and linear weights (Hu et al. "
                         "2021); 0 = off",
                  .min = 0,
                  .max = 4096})
          .field(
              "lora_alpha", &TrainingConfig::lora_alpha,
              {.doc =
                   "The additions are scaled by alpha / rank, which their factors absorb; default: the rank",
               .min = 1e-6,
               .max = 1e6})
          .field(
              "lora_targets", &TrainingConfig::lora_targets,
              {.doc =
                   "Layers with additions, by name, last part of the name (q_proj) or pattern; default: all "
                   "with a weight matrix, experts of mixtures left out"})
          .field("base_weights", &TrainingConfig::base_weights,
                 {.doc = "Format of the weights that are not trained; default: as precision.weights says"})
          .field("fully_trained", &TrainingConfig::fully_trained,
                 {.doc = "Layers trained in full in spite of bias_only or lora_rank"})
          .field("recompute", &TrainingConfig::recompute, {.doc = "Gradient checkpointing"})
          .field(
              "loss_chunk", &TrainingConfig::loss_chunk,
              {.doc = "Positions of each sample that the last layer and the loss go through at once, forward "
                      "and backward, so that logits and their errors never stand in memory whole; absent: "
                      "all",
               .min = 1,
               .max = 1 << 20})
          .field("attention", &TrainingConfig::attention,
                 {.doc = "Where scores of attention go: materialised, to memory and back; tiled, nowhere: in "
                         "blocks that stay on the tile, formed once more in the backward pass "
                         "(FlashAttention-2, Dao 2023)"})
          .field("loss_scaling", &TrainingConfig::loss_scaling, {.doc = "Loss scaling"})
          .field("norm_statistics", &TrainingConfig::norm_statistics,
                 {.doc = "Batch statistics per tile, or summed over all tiles"})
          .field("update", &TrainingConfig::update, {.doc = "When gradients are reduced and applied"})
          .field("quantisation_aware", &TrainingConfig::quantisation_aware,
                 {.doc = "Quantisation-aware training"})
          .field("distillation", &TrainingConfig::distillation, {.doc = "Knowledge distillation"})
          .field("pruning", &TrainingConfig::pruning, {.doc = "Pruning"})
          .field("depthwise_separable", &TrainingConfig::depthwise_separable,
                 {.doc = "Convolutions rewritten as depthwise + pointwise; `all` takes every eligible one"})
          .field("relu_density", &TrainingConfig::relu_density,
                 {.doc = "Share of non-zero values behind relu and relu6, for arrays that skip or gate zeros",
                  .unit = Dimension::fraction,
                  .min = 0.01,
                  .max = 1,
                  .source = "nothing assumed: 100 %; measure it on your network"})
          .field("layers", &TrainingConfig::layers,
                 {.doc = "What differs from layer to layer, by name or pattern; later entries win"})
          .check(check_training);
  return record;
}

}  // namespace kiln::workload
