// SPDX-License-Identifier: MIT
// The networks of a plan's stages on their devices, each with its step simulated on the device's chip.
#pragma once

#include <memory>
#include <vector>

#include "fleet/device_kind.h"
#include "pipeline/simulation.h"

namespace kiln::pipeline {

/// A stage's own experiment: the device's with the stage's network and training.
experiment::ExperimentConfig experiment_of(const DeviceConfig& device, const NetworkStageConfig& network);

class Programs {
 public:
  /// Prepares the networks of all stages, lowered and not simulated. The configuration must outlive it.
  /// Throws ConfigError, naming the stage, for what only shows when parts meet.
  Programs(const PipelineConfig& config, const PlanConfig& plan, const batch::BatchOptions& options);

  /// What stages and their products are, by stage.
  const std::vector<StageWork>& work() const { return work_; }
  /// Simulates a step of each stage and gives the devices that replay them, cold. They refer to this object.
  Machines make_machines();
  /// A step of the stage at the highest operating point; needs make_machines(). Null of a stage without one.
  const run::Signature* step(std::size_t stage) const;

 private:
  void prepare(std::size_t stage, const StageConfig& config, const DeviceConfig& device);

  const PipelineConfig& config_;
  const PlanConfig& plan_;
  batch::BatchOptions options_;
  std::vector<StageWork> work_;
  std::vector<std::unique_ptr<fleet::DeviceKind>> kinds_;  ///< by stage
  std::vector<std::unique_ptr<fleet::DeviceKind>> idle_;   ///< by device: of one that only takes in and keeps
};

}  // namespace kiln::pipeline
