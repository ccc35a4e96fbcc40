// SPDX-License-Identifier: MIT
#include "experiment/forward_pass.h"

namespace kiln::experiment {

ExperimentConfig forward_pass_of(ExperimentConfig experiment) {
  workload::TrainingConfig& training = experiment.training;
  training.kind = workload::TrainingKind::none;
  training.distillation.reset();
  training.recompute = {};
  training.loss_chunk.reset();
  training.fused_restore = false;
  training.loss_scaling = {};
  training.update = workload::UpdateSchedule::as_ready;
  experiment.compression = {};
  experiment.run.rate_samples_per_s.reset();
  return experiment;
}

}  // namespace kiln::experiment
