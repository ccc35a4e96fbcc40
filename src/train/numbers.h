// SPDX-License-Identifier: MIT
// Trainings on numbers, seed by seed, kept on disk epoch by epoch under what they depend on and nothing else:
// points of a sweep that differ in heat alone share them.
#pragma once

#include <vector>

#include "experiment/experiment.h"
#include "experiment/prepare.h"
#include "learning/trainer.h"
#include "output/cache.h"
#include "run/monitor.h"
#include "train/outcome.h"

namespace kiln::train {

/// What the experiment's section learning asks to be trained, at addresses that are not known yet.
learning::TrainingSetup training_setup(const experiment::ExperimentConfig& experiment);

class Numbers {
 public:
  /// `experiment` and `monitor` must outlive it.
  Numbers(const experiment::ExperimentConfig& experiment, const run::Monitor& monitor,
          const output::Cache& cache);

  std::int64_t steps_per_epoch() const;
  int workers() const { return setup_.workers; }
  /// Of everything that numbers depend on, but for the codec, conditions and the program.
  std::string training_hash() const;
  const std::string& data_text() const { return data_.source; }
  /// Of synthetic samples, and why they are not learnt from.
  const std::optional<learning::SampleQuality>& quality() const { return data_.quality; }
  const std::string& refused_samples() const { return data_.refused; }
  /// What it begins with and how good that is; empty: random weights.
  std::string first_weights_text() const;
  /// What the gradients of the first steps come to when they are sent. `graph` is the experiment's.
  experiment::MeasuredCompression measure(const workload::StepGraph& graph) const;
  /// Where values lie, and what the memory has against wrong bits.
  void place(learning::MemoryLayout layout, const learning::WordCode& dram_code) {
    setup_.layout = std::move(layout);
    setup_.dram_code = dram_code;
  }

  /// One seed under the conditions of each epoch; ends at the target.
  SeedRecord train(std::uint64_t seed, const std::vector<learning::Conditions>& conditions) const;

 private:
  /// What epochs are kept under, by how many there are; the first is that of none.
  std::vector<std::string> keys(std::uint64_t seed,
                                const std::vector<learning::Conditions>& conditions) const;

  const experiment::ExperimentConfig& experiment_;
  const run::Monitor& monitor_;
  output::Cache cache_;
  learning::TrainingSetup setup_;
  learning::TrainAndTest data_;
  std::string identity_;
};

}  // namespace kiln::train
