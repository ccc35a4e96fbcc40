// SPDX-License-Identifier: MIT
// The networks of a plan's stages on their devices, each with its step simulated on the device's chip.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "fleet/device_kind.h"
#include "pipeline/simulation.h"

namespace kiln::pipeline {

class ReplayedMachine;
struct PlanResult;

/// A stage's own experiment: the device's with the stage's network and training.
experiment::ExperimentConfig experiment_of(const DeviceConfig& device, const NetworkStageConfig& network);

class Programs {
 public:
  /// Prepares the networks of all stages, lowered and not simulated. The configuration must outlive it.
  /// Throws ConfigError, naming the stage, for what only shows when parts meet.
  Programs(const PipelineConfig& config, const PlanConfig& plan, const batch::BatchOptions& options);

  /// Trains on numbers what `learning` says, and quantises it: accuracies of `work`. Throws ConfigError for
  /// what cannot be learnt.
  void learn(const std::function<void(const std::string&)>& report);
  /// The same on chips with other joules, by device, which count the same; `nominal` must outlive it.
  Programs(Programs& nominal, const std::vector<soc::SocConfig>& chips);

  /// What stages and their products are, by stage.
  const std::vector<StageWork>& work() const { return work_; }
  /// Simulates a step of each stage and gives the devices that replay them, cold. They refer to this object.
  Machines make_machines();
  /// The first machine of a device, as make_machines() gave it away last; null: no stage is on the device.
  const ReplayedMachine* machine(std::size_t device) const { return given_[device]; }
  /// Of the kinds of steps on a device the one whose stage took most joules.
  const fleet::DeviceKind& dearest(std::size_t device, const PlanResult& result) const;
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
  bool simulated_ = false;                                 ///< steps are at hand
  std::vector<const ReplayedMachine*> given_;              ///< by device
};

}  // namespace kiln::pipeline
