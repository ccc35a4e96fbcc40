// SPDX-License-Identifier: MIT
// The steps that a job is made of, each lowered and simulated once per operating point: training, training
// from kept features, forward passes of a validation and of a request.
#pragma once

#include <array>
#include <memory>
#include <string>

#include "device/device.h"
#include "job/job_config.h"
#include "output/cache.h"
#include "run/step_store.h"

namespace kiln::job {

enum class StepKind { train, train_cached, validate, infer };
inline constexpr int kStepKinds = 4;
const char* name(StepKind);

/// What is done where a mapping leaves ways open: the best is looked for by simulation, or the first taken.
enum class Mapping { best, first };

class JobSteps {
 public:
  /// Lowers all kinds that the job needs. Both must outlive it. Throws ConfigError, naming the keys, for what
  /// only shows when parts meet.
  JobSteps(const JobConfig& job, const run::Monitor& monitor, const output::Cache& cache,
           Mapping mapping = Mapping::best);
  /// The same steps on a chip with other joules, `experiment.soc`, which counts the same: of each kind one
  /// operating point is simulated that the others have not met; then base::SimError. All must outlive it.
  JobSteps(JobSteps& nominal, const experiment::ExperimentConfig& experiment, const run::Monitor& monitor);

  bool has(StepKind kind) const { return at(kind) != nullptr; }
  run::StepStore& of(StepKind kind) { return at(kind)->store; }
  const experiment::Prepared& prepared(StepKind kind) const { return *at(kind)->prepared; }
  /// Of the kind that the device is built for: the first there is.
  const experiment::Prepared& prepared() const;
  /// Of the chip whose steps they are.
  const soc::ChipPlan& plan() const { return plan_; }
  /// Samples of a step of the kind.
  double samples(StepKind kind) const { return prepared(kind).graph.samples(); }
  /// Of a sample, from the frozen front of the network; 0 without cached_features.
  double feature_bytes() const { return feature_bytes_; }
  /// Trained parameters in the precision they are updated in, and what the optimizer keeps besides.
  double parameter_bytes() const { return parameter_bytes_; }
  double optimizer_bytes() const { return optimizer_bytes_; }

 private:
  struct One {
    One(experiment::ExperimentConfig of_kind, const device::ChipPower& power, double top_hz,
        const run::Monitor& monitor, const output::Cache& cache);
    One(One& nominal, const soc::SocConfig& chip, const device::ChipPower& power, double top_hz,
        const run::Monitor& monitor);
    experiment::ExperimentConfig experiment;
    std::shared_ptr<experiment::Prepared> prepared;  ///< of the nominal chip, for all
    run::StepStore store;
  };
  const std::unique_ptr<One>& at(StepKind kind) const { return kinds_[static_cast<std::size_t>(kind)]; }
  void add(StepKind kind, experiment::ExperimentConfig experiment, const run::Monitor& monitor,
           const output::Cache& cache);
  void count_bytes(const workload::StepGraph& graph, const workload::TrainingConfig& training);

  Mapping mapping_;
  soc::ChipPlan plan_;
  device::Device device_;  ///< whose blocks the steps' joules are counted for
  std::array<std::unique_ptr<One>, kStepKinds> kinds_;
  double feature_bytes_ = 0, parameter_bytes_ = 0, optimizer_bytes_ = 0;
};

}  // namespace kiln::job
