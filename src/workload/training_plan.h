// SPDX-License-Identifier: MIT
// What each layer does in a training step: is it trained, does an error pass through it, what must be kept.
#pragma once

#include <vector>

#include "workload/network.h"
#include "workload/part.h"
#include "workload/training_config.h"

namespace kiln::workload {

enum class Scope {
  frozen,
  full,
  bias,  ///< bias vector and norm shift; norm statistics stored
  lora   ///< low-rank addition beside frozen weights
};

struct LayerPlan {
  Scope scope = Scope::frozen;
  bool live = false;         ///< an error reaches its output: something here or below is trained
  bool batch_stats = false;  ///< batch norm computes and differentiates its statistics
  bool keep_output =
      false;  ///< some reader (or its own activation) needs the output again in the backward pass
  PrecisionConfig precision;
  std::int32_t lora_rank = 0;  ///< of scope lora
  bool base_format = false;    ///< its weights lie in the format of TrainingConfig::base_weights
  Parts trained;               ///< what is trained: parts of the layer, or the factors beside its weights
  std::int64_t trainable_parameters() const { return elements_of(trained); }
};

struct TrainingPlan {
  std::vector<LayerPlan> layers;
  bool keep_input = false;  ///< the network's input is needed in the backward pass
  bool live(const ValueRef& value) const { return live(value.layer); }
  bool live(int layer) const { return layer != kNetworkInput && layers[layer].live; }
  bool keep(int layer) const { return layer == kNetworkInput ? keep_input : layers[layer].keep_output; }
};

/// Throws ConfigError on unknown layer names and on freezing more layers than there are.
TrainingPlan plan_training(const Network&, const TrainingConfig&);
/// What low-rank additions of this rank are scaled by.
double lora_scale(const TrainingConfig&, std::int32_t rank);
/// Forward only, nothing trained: a distillation teacher.
TrainingPlan plan_inference(const Network&);

}  // namespace kiln::workload
