// SPDX-License-Identifier: MIT
// How a network is trained: what is updated, at which precision, what is kept for the backward pass.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "config/pattern_map.h"
#include "config/record.h"
#include "workload/network_config.h"
#include "workload/step_graph.h"

namespace kiln::workload {

enum class TrainingKind {
  step,          ///< forward, backward and update
  zeroth_order,  ///< forward passes alone, on either side of the weights (MeZO, Malladi et al. 2023)
  none           ///< inference: the forward pass alone, norms folded, nothing kept
};
enum class NormStatistics { per_tile, synchronised };
enum class UpdateSchedule {
  at_end,   ///< all gradients first, then COMPRESS, REDUCE, UPDATE layer by layer
  as_ready  ///< each layer's right behind its (last) WGRAD: short-lived gradients, overlap with the backward
            ///< pass
};
enum class RecomputeMode { none, sqrt, segments, blocks, optimal };
enum class LossScalingKind { none, fixed, dynamic };
enum class SparsityPattern { unstructured, n_of_m, channels };

std::span<const config::EnumName<TrainingKind>> enum_names(const TrainingKind*);
std::span<const config::EnumName<NormStatistics>> enum_names(const NormStatistics*);
std::span<const config::EnumName<UpdateSchedule>> enum_names(const UpdateSchedule*);
std::span<const config::EnumName<RecomputeMode>> enum_names(const RecomputeMode*);
std::span<const config::EnumName<LossScalingKind>> enum_names(const LossScalingKind*);
std::span<const config::EnumName<SparsityPattern>> enum_names(const SparsityPattern*);

struct OptimizerConfig {
  OptimizerKind kind = OptimizerKind::momentum;
  bool master_weights = true;
};
const config::Record<OptimizerConfig>& describe(const OptimizerConfig*);

/// Storage per tensor class, computing precision per phase.
struct PrecisionConfig {
  Precision weights = Precision::fp16;
  Precision activations = Precision::fp16;
  Precision saved_activations = Precision::fp16;
  Precision errors = Precision::fp16;
  Precision gradients = Precision::fp32;
  Precision optimizer_state = Precision::fp32;
  Precision forward = Precision::fp16;
  Precision dgrad = Precision::fp16;
  Precision wgrad = Precision::fp16;
};
const config::Record<PrecisionConfig>& describe(const PrecisionConfig*);

/// Counted in weighted layers (conv, depthwise, linear, lstm), in the order of the network file. A prefix is
/// near the input, a suffix near the output. At most one of the four counts; `layers` adds to it.
struct FreezeConfig {
  std::optional<std::int32_t> prefix_layers;
  std::optional<double> prefix_fraction;
  std::optional<std::int32_t> suffix_layers;
  std::optional<double> suffix_fraction;
  std::vector<std::string> layers;
  bool normalisation = false;
};
const config::Record<FreezeConfig>& describe(const FreezeConfig*);

/// Forward work done again in the backward pass instead of keeping activations (Chen et al. 2016).
struct RecomputeConfig {
  RecomputeMode mode = RecomputeMode::none;
  std::int32_t segments = 4;
};
const config::Record<RecomputeConfig>& describe(const RecomputeConfig*);

/// Dynamic scaling doubles the scale every `growth_interval` good steps and loses a step at each overflow.
struct LossScalingConfig {
  LossScalingKind kind = LossScalingKind::none;
  std::int32_t growth_interval = 2000;
};
const config::Record<LossScalingConfig>& describe(const LossScalingConfig*);

/// Quantisation-aware training: fake-quantised weights and activations forward, straight-through backward.
struct QuantisationConfig {
  Precision weights = Precision::int8;
  Precision activations = Precision::int8;
};
const config::Record<QuantisationConfig>& describe(const QuantisationConfig*);

struct DistillationConfig {
  NetworkConfig teacher;
  Precision precision = Precision::fp16;
};
const config::Record<DistillationConfig>& describe(const DistillationConfig*);

struct PruningConfig {
  SparsityPattern pattern = SparsityPattern::unstructured;
  double sparsity = 0.5;
  std::int32_t n = 2;
  std::int32_t m = 4;
};
const config::Record<PruningConfig>& describe(const PruningConfig*);

enum class BaseFormat { nf4, int4, int8 };
std::span<const config::EnumName<BaseFormat>> enum_names(const BaseFormat*);

/// How weights that stay as they are lie in memory: in blocks with a scale each (QLoRA, Dettmers et al.
/// 2023).
struct BaseWeightsConfig {
  BaseFormat format = BaseFormat::nf4;
  std::int32_t block = 64;
  bool double_quantised = true;
  /// Per weight, with its part of the scales.
  double bits() const;
};
const config::Record<BaseWeightsConfig>& describe(const BaseWeightsConfig*);

/// Where scores of attention go.
enum class AttentionMethod {
  materialised,  ///< to memory, and back for softmax, values and the backward pass
  tiled          ///< nowhere: blocks of them live on the tile (FlashAttention, Dao et al. 2022)
};
std::span<const config::EnumName<AttentionMethod>> enum_names(const AttentionMethod*);

/// What may differ from layer to layer. Its keys override what the rest of the training says of a layer.
struct LayerTraining {
  bool freeze = false;
  std::int32_t lora_rank = 0;
  bool fully_trained = false;
  PrecisionConfig precision;
  AttentionMethod attention = AttentionMethod::materialised;  ///< of attention_values and its scores
};
const config::Record<LayerTraining>& describe(const LayerTraining*);

struct TrainingConfig {
  TrainingKind kind = TrainingKind::step;
  std::int64_t batch = 8;
  std::int32_t micro_batches = 1;
  bool fused_restore = false;
  OptimizerConfig optimizer;
  PrecisionConfig precision;
  FreezeConfig freeze;
  bool bias_only = false;
  std::int32_t lora_rank = 0;
  std::optional<double> lora_alpha;
  std::vector<std::string> lora_targets;
  std::optional<BaseWeightsConfig> base_weights;
  std::vector<std::string> fully_trained;
  RecomputeConfig recompute;
  std::optional<std::int64_t> loss_chunk;  ///< positions of a sample; absent: all
  AttentionMethod attention = AttentionMethod::materialised;
  LossScalingConfig loss_scaling;
  NormStatistics norm_statistics = NormStatistics::per_tile;
  UpdateSchedule update = UpdateSchedule::as_ready;
  std::optional<QuantisationConfig> quantisation_aware;
  std::optional<DistillationConfig> distillation;
  std::optional<PruningConfig> pruning;
  std::vector<std::string> depthwise_separable;
  double relu_density = 1.0;
  config::PatternMap<LayerTraining> layers;
};
const config::Record<TrainingConfig>& describe(const TrainingConfig*);

}  // namespace kiln::workload
