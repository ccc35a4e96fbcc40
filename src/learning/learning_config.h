// SPDX-License-Identifier: MIT
// The section `learning` of an experiment: what is learnt, how long, with which numbers and which faults.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "config/record.h"
#include "learning/data/data_config.h"
#include "learning/faults/link_errors.h"
#include "learning/formats/number_format.h"
#include "learning/staleness.h"

namespace kiln::learning {

enum class RateSchedule {
  constant,
  step,   ///< times `decay` in the last `decay_epochs`
  cosine  ///< down to `decay` of it in half a period
};
enum class DeviceStart { hot, cold };
/// With what a training begins.
enum class FirstWeights {
  model,  ///< those of workload.model, where the file is given; random ones where a layer has none
  random
};
enum class CellFault { flip, stuck };
enum class Recover { none, rollback };
std::span<const config::EnumName<RateSchedule>> enum_names(const RateSchedule*);
std::span<const config::EnumName<DeviceStart>> enum_names(const DeviceStart*);
std::span<const config::EnumName<FirstWeights>> enum_names(const FirstWeights*);
std::span<const config::EnumName<CellFault>> enum_names(const CellFault*);
std::span<const config::EnumName<Recover>> enum_names(const Recover*);

struct RateConfig {
  double initial = 0.02;
  RateSchedule schedule = RateSchedule::step;
  double decay = 0.1;
  std::int32_t decay_epochs = 1;
  double momentum = 0.9;
  bool nesterov = false;
  double beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8;
  double weight_decay = 0;
  double perturbation = 1e-3;
};
const config::Record<RateConfig>& describe(const RateConfig*);

/// How a class of tensors holds numbers; their width is `training.precision`.
struct TensorFormatConfig {
  Fp8 fp8 = Fp8::e4m3;
  Rounding rounding = Rounding::nearest;
  ScaleRule scale = ScaleRule::maximum;
  double step = 0.0625;
  std::int64_t block = 0;
};
const config::Record<TensorFormatConfig>& describe(const TensorFormatConfig*);

struct FormatsConfig {
  TensorFormatConfig weights, activations, saved_activations, errors, gradients, optimizer_state;
};
const config::Record<FormatsConfig>& describe(const FormatsConfig*);

struct LossScaleConfig {
  double initial = 1024;
  double most_saturated = 1e-3;
};
const config::Record<LossScaleConfig>& describe(const LossScaleConfig*);

/// Which tensors lie in cells that fail.
struct FaultTargets {
  bool weights = true, activations = true, errors = true, gradients = true, optimizer_state = true,
       residuals = true;
};
const config::Record<FaultTargets>& describe(const FaultTargets*);

struct FaultsConfig {
  std::optional<double> bit_error_rate;  ///< absent: by memory, of the device's conditions
  bool persistent = true;
  CellFault cells = CellFault::flip;
  bool secded = false;
  double guard = 0;  ///< floats beyond this magnitude are taken as 0; 0: no guard
  FaultTargets targets;
  std::optional<LinkFaultsConfig> links;  ///< absent: what is sent arrives
  bool in_training = true;                ///< false: only while it is judged
  std::uint64_t chip = 1;                 ///< seed of the cells
  bool restored_by_access = false;        ///< DRAM rows are as fresh as the last step
  Recover recover = Recover::none;
  std::int64_t checkpoint_steps = 100;  ///< between two checkpoints
};
const config::Record<FaultsConfig>& describe(const FaultsConfig*);

struct LearningConfig {
  DataConfig data;
  std::int32_t epochs = 5;
  std::int64_t steps_per_epoch = 0;
  double target_accuracy = 0;
  std::int32_t seeds = 1;
  std::optional<std::int32_t> workers;
  RateConfig rate;
  FormatsConfig formats;
  LossScaleConfig loss_scale;
  std::optional<FaultsConfig> faults;
  std::optional<StalenessConfig> staleness;
  DeviceStart start = DeviceStart::hot;
  FirstWeights weights = FirstWeights::model;
};
const config::Record<LearningConfig>& describe(const LearningConfig*);

}  // namespace kiln::learning
